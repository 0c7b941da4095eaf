"""HTTP, the client's side of a connection: requests and their answers over one link (RFC 9110)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Literal

from netloom.errors import PeerRefused, RemoteProtocolError, UsageError
from netloom.links.http.body import too_large
from netloom.registry import settle

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.http.messages import Headers, Request, Response
    from netloom.links.stream import Stream

Body = bytes | AsyncIterator[bytes] | None
_OFFERS = {"": ("h2", "http/1.1"), "1.1": ("http/1.1",), "2": ("h2",), "2-prior": ("h2",)}
Version = Literal["", "1.1", "2", "2-prior", "3"]
GOAWAY = "GOAWAY"


def not_taken(why: str) -> PeerRefused:
    """GOAWAY, for a request that came after the last one that is seen to: it can be sent again as it was."""
    return PeerRefused(f"the server turned the request away: GOAWAY {why}", code=GOAWAY, text=why)


class Answer(ABC):
    """A response whose head has come. Its body is read once, in pieces; `close` gives the rest up."""

    response: Response
    first: Mapping[str, str]
    """The first value of each field, by its name in lower case."""
    trailers: Headers
    informational: list[Response]

    @abstractmethod
    async def next(self) -> bytes:
        """The next piece of the body, free of its transfer coding; empty once, at the end.

        Raises ConnectionLost where it breaks off, RemoteProtocolError.
        """

    async def chunks(self) -> AsyncIterator[bytes]:
        """All pieces."""
        while piece := await self.next():
            yield piece

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises RemoteProtocolError beyond `limit` bytes, and what `next` raises."""
        parts: list[bytes] = []
        size = 0
        while piece := await self.next():
            size += len(piece)
            if size > limit:
                raise too_large(limit)
            parts.append(piece)
        return b"".join(parts)

    @abstractmethod
    async def close(self) -> None:
        """Give up what wasn't read. HTTP/1 loses the connection by it, HTTP/2 only the stream."""


def first_values(headers: Headers) -> Mapping[str, str]:
    """The first value of each field."""
    made = dict(headers)
    return made if len(made) == len(headers) else dict(reversed(headers))


class HttpConnection(ABC):
    """One connection to one server. In HTTP/1.1 the requests go one after the other, later side by side."""

    version: str
    quic: int = 0
    """The version of QUIC below; 0 where it is TCP."""

    @property
    @abstractmethod
    def reusable(self) -> bool:
        """Whether another request may be sent now."""

    @property
    @abstractmethod
    def spoken(self) -> bool:
        """Whether the server has said anything yet: one that wants TLS hasn't."""

    @abstractmethod
    async def request(self, request: Request, body: Body = None) -> Answer:
        """Send a request and wait for the head of its answer.

        Without a body None; an empty one is announced by its length. Raises LocalProtocolError for what may not be
        said, RemoteProtocolError with `seen` where the answer isn't HTTP, ConnectionLost.
        """

    @abstractmethod
    async def upgrade(self, request: Request) -> tuple[Response, Stream | None]:
        """Ask for `request.protocol`: 101, or 200 to extended CONNECT (RFC 8441), gives the stream; otherwise None."""

    @abstractmethod
    async def close(self) -> None:
        """Say goodbye where the version has a word for it, and close the link."""


async def open_http(dial: Dialler, endpoint: Endpoint | None = None, *, version: Version = "") -> HttpConnection:
    """A connection to the endpoint. Over TLS ALPN decides (RFC 7301) among what `version` allows.

    "2-prior" speaks HTTP/2 whatever was agreed on; without TLS so does "2" (RFC 9113 §3.3). "3" is over QUIC, on the
    UDP port of the same number.

    Raises what dialling raises, and RemoteProtocolError where the server doesn't speak the version that is demanded.
    """
    _, scheme, place = settle(endpoint or dial.endpoint)
    if version == "3":
        if scheme.over not in ("https", "tls"):
            raise UsageError("HTTP/3 is always encrypted: it wants https://", hint=f"https://{place.authority}")
        from netloom.links.http.h3_client import dial_h3

        return await dial_h3(dial, place)
    stream = await dial.stream(endpoint, plain=True)
    speaks_2 = version in ("2", "2-prior")
    if scheme.over in ("https", "tls"):
        layer = await dial.secure(stream, alpn=_OFFERS[version], endpoint=place)
        agreed = layer.connection.get_alpn_proto_negotiated()
        if version == "2" and agreed != b"h2":
            raise RemoteProtocolError("the server doesn't speak HTTP/2", rule="RFC 9113 §3.2")
        speaks_2 = agreed == b"h2" or version == "2-prior"
    if speaks_2:
        from netloom.links.http.h2_client import H2Connection

        return H2Connection.begin(stream, idle=dial.options.idle)
    from netloom.links.http.h1_client import H1Connection

    return H1Connection(stream)
