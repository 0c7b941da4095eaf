"""HTTP/2, one request at a server and its answer (RFC 9113 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError
from netloom.links.http import fields
from netloom.links.http.body import Inbox, too_large
from netloom.links.http.exchange import Exchange, Fields
from netloom.links.http.h2_transport import H2Transport
from netloom.links.http.messages import Headers, Request, header, tokens

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from netloom.links.http.h2_connection import H2Stream
    from netloom.links.stream import Stream

_BODILESS = frozenset((204, 304))


class H2Exchange(Exchange):
    """One stream of a connection."""

    __slots__ = ("_inbox", "_left", "_leisure", "_stream", "complete", "expecting", "upgraded", "version")

    def __init__(self, stream: H2Stream, inbox: Inbox, request: Request) -> None:
        self.request = request
        self.version = "2"
        self.status = self.sent = 0
        self.complete = self.upgraded = False
        self.expecting = "100-continue" in tokens(request.headers, "expect")
        self._stream = stream
        self._inbox = inbox
        self._left: int | None = None
        self._leisure = False

    @property
    def peer(self) -> str:
        return self._stream.connection.stream.peer

    async def chunks(self) -> AsyncIterator[bytes]:
        if self.expecting:
            self.expecting = False
            if not self.status:
                self._stream.send_headers([(":status", "100")], end=False)
        limit = self._stream.connection.limits.max_body
        while chunk := await self._inbox.next():
            if self._inbox.came > limit and not self._leisure:
                raise too_large(limit)
            yield chunk

    @property
    def trailers(self) -> Headers:
        return self._inbox.trailers

    async def respond(self, status: int, headers: Fields = (), body: bytes | AsyncIterator[bytes] = b"") -> None:
        headers = tuple(headers)
        if not isinstance(body, bytes):
            await self.start(status, headers)
            async for chunk in body:
                await self.send(chunk)
            await self.finish()
            return
        bodiless = self.request.method == "HEAD" or status in _BODILESS
        said = header(headers, "content-length")
        if said is None and status not in _BODILESS:
            headers = (*headers, ("content-length", str(len(body))))
        elif said is not None and not bodiless and said != str(len(body)):
            raise LocalProtocolError(f"a body of {len(body)} bytes is announced as {said}", rule="RFC 9110 §8.6")
        body = b"" if bodiless else body
        self._refuse_tunnel(status)
        self._head(status, headers, end=not body, more=bool(body))
        self.complete = not body
        if body:
            self.sent = len(body)
            await self._stream.send(body, end=True)
            self.complete = True

    async def start(self, status: int, headers: Fields = ()) -> None:
        headers = tuple(headers)
        if status < 200:
            if status == 101 or self.status >= 200:
                raise LocalProtocolError(f"{status} has no place here", rule="RFC 9113 §8.6")
            self._stream.send_headers([(":status", str(status)), *fields.checked(headers)], end=False)
            return
        said = header(headers, "content-length")
        bodiless = self.request.method == "HEAD" or status in _BODILESS
        self._left = 0 if bodiless else int(said) if said is not None else None
        self._refuse_tunnel(status)
        self._head(status, headers, end=False)

    async def send(self, chunk: bytes) -> None:
        if self.status < 200 or self.complete:
            raise LocalProtocolError("a body stands between the head and the end of an answer", rule="RFC 9113 §8.1")
        if not chunk or self.request.method == "HEAD" or self.status in _BODILESS:
            return
        if self._left is not None:
            if len(chunk) > self._left:
                raise LocalProtocolError("the body is longer than was announced", rule="RFC 9110 §8.6")
            self._left -= len(chunk)
        self.sent += len(chunk)
        await self._stream.send(chunk)

    async def finish(self, trailers: Fields = ()) -> None:
        if self.status < 200 or self.complete:
            raise LocalProtocolError("there is no answer to finish", rule="RFC 9113 §8.1")
        if self._left:
            raise LocalProtocolError(
                f"{self._left} bytes of the body that was announced are missing", rule="RFC 9110 §8.6"
            )
        said = fields.checked(trailers)
        if said:
            self._stream.send_headers(list(said), end=True)
        else:
            await self._stream.send(b"", end=True)
        self.complete = True

    # For a protocol that only HTTP/2 carries

    async def answer(self, status: int, headers: Fields, body: bytes, trailers: Fields) -> None:
        """The whole answer with its trailers, in one piece where there is room."""
        last = list(fields.checked(trailers))
        self._refuse_tunnel(status)
        self._head(status, headers, end=False, more=True)
        self.sent = len(body)
        if len(body) <= self._stream.room():
            self._stream.put(body, more=True)
        else:
            await self._stream.send(body)
        self._stream.send_headers(last, end=True)
        self.complete = True

    def answer_head(self, status: int, headers: Fields = ()) -> None:
        """The whole answer, which is a head alone: not even the length of a body is said."""
        self._refuse_tunnel(status)
        self._head(status, headers, end=True)
        self.complete = True

    def at_leisure(self) -> None:
        """The body is one side of a dialogue: it may take any time and have any length. PINGs tell who has gone."""
        stream, connection = self._stream, self._stream.connection
        before = self._inbox
        self._inbox = Inbox(connection.loop, None, lambda size: connection.take_back(stream, size))
        self._leisure = True
        stream.receiver = self._inbox
        for chunk in before.take_all():
            self._inbox.feed(chunk)
        if before.ended:
            self._inbox.end(before.trailers)
        elif stream.error is not None:
            self._inbox.fail(stream.error)
        self.keep_alive()

    def keep_alive(self) -> None:
        """Ask with PINGs, in silence, whether the client is still there: an answer may be long in coming."""
        connection = self._stream.connection
        if connection.idle:
            connection.keep_alive(connection.idle / 2, connection.idle)

    def rest(self) -> None:
        """From now on a server that stops needn't wait for this exchange."""
        self._stream.rest()

    def gone(self) -> asyncio.Future[None]:
        """What is done once the client has given this request up, or has gone."""
        return self._stream.gone()

    def drop(self) -> int:
        """Forget what wasn't read of the body; gives how much that was."""
        return self._inbox.drop()

    async def accept_upgrade(self, headers: Fields = ()) -> Stream:
        if self.status or self.request.method != "CONNECT":
            raise LocalProtocolError("the client doesn't ask for another protocol here", rule="RFC 8441 §4")
        self._head(200, headers, end=False)
        self.complete = self.upgraded = True
        self._stream.rest()
        connection = self._stream.connection
        transport = H2Transport(self._stream)
        before = self._inbox
        self._stream.receiver = transport
        stream = transport.carry(connection.idle)
        for chunk in before.take_all():
            transport.feed(chunk)
        if before.ended:
            transport.end()
        return stream

    async def wait_closed(self) -> None:
        await self._stream.wait_closed()

    def _refuse_tunnel(self, status: int) -> None:
        if status < 300 and self.request.method == "CONNECT":
            raise LocalProtocolError("CONNECT is accepted by changing to what follows it", rule="RFC 9110 §9.3.6")

    def _head(self, status: int, headers: Fields, *, end: bool, more: bool = False) -> None:
        if self.status >= 200:
            raise LocalProtocolError("this request was answered already", rule="RFC 9113 §8.1")
        if not 200 <= status <= 599:
            raise LocalProtocolError(f"{status} is no final answer", rule="RFC 9110 §15")
        said = fields.checked(headers)
        if not any(name == "date" for name, _ in said):
            said = (*said, ("date", fields.date_value()))
        self._stream.send_headers([(":status", str(status)), *said], end=end, more=more)
        self.status = status
