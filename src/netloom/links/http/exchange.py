"""One request at a server and the answer to it, whatever HTTP's version: the link of a protocol that HTTP carries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from netloom.links.http.body import collect

if TYPE_CHECKING:
    from netloom.links.http.messages import Headers, Request
    from netloom.links.stream import Stream

Fields = Iterable[tuple[str, str]]


class Exchange(ABC):
    """A request that has come, and the means to answer it, once.

    `version` is "1.0", "1.1" or "2"; `status` what was answered (0: nothing yet), `sent` how many bytes of a body.
    """

    __slots__ = ("request", "sent", "status")

    request: Request
    version: str
    status: int
    sent: int

    @property
    @abstractmethod
    def peer(self) -> str:
        """Who asks, as host:port."""

    @property
    def secure(self) -> bool:
        """Whether TLS protects the request."""
        return self.request.scheme == "https"

    @property
    def upgrade(self) -> str:
        """The protocol that the client wants to change to ("websocket"), or nothing."""
        return self.request.protocol

    @abstractmethod
    def chunks(self) -> AsyncIterator[bytes]:
        """The request's body as it arrives, once; a client that waits for "100 Continue" gets it now.

        Raises ConnectionLost where it breaks off, DeadlineExceeded where it crawls, RemoteProtocolError where it is
        malformed or larger than the limit. Left to itself each of them answers the request (400, 408, 413).
        """

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises RemoteProtocolError beyond `limit` bytes, and what `chunks` raises."""
        return await collect(self.chunks(), limit)

    @property
    @abstractmethod
    def trailers(self) -> Headers:
        """The request's trailer fields, once its body has been read."""

    @abstractmethod
    async def respond(self, status: int, headers: Fields = (), body: bytes | AsyncIterator[bytes] = b"") -> None:
        """The whole answer. Content-Length or chunks are seen to here; HEAD, 204 and 304 send no body.

        Raises LocalProtocolError for what may not be said (CR, LF or NUL in a field), ConnectionLost.
        """

    @abstractmethod
    async def start(self, status: int, headers: Fields = ()) -> None:
        """The head of an answer that is streamed; an informational one (1xx) may come before."""

    @abstractmethod
    async def send(self, chunk: bytes) -> None:
        """A piece of the body; waits while the peer takes less than we give."""

    @abstractmethod
    async def finish(self, trailers: Fields = ()) -> None:
        """The end of a streamed answer. Trailers are left out where HTTP/1 has no place for them."""

    @abstractmethod
    async def accept_upgrade(self, headers: Fields = ()) -> Stream:
        """Change to the protocol in `upgrade`: 101 (RFC 9110 §7.8), or 200 to extended CONNECT (RFC 8441 §4)."""

    @abstractmethod
    async def wait_closed(self) -> None:
        """Wait until the client has gone, has ended its side, or has given this request up."""
