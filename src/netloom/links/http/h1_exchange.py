"""HTTP/1.1, one request at a server and its answer: heads, chunks and what may not have a body (RFC 9112 §6, §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError
from netloom.links.http import fields
from netloom.links.http.exchange import Exchange, Fields

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.body import Inbox
    from netloom.links.http.h1_request import Head
    from netloom.links.http.h1_server import H1Server
    from netloom.links.http.messages import Headers
    from netloom.links.stream import Stream

_CLOSE = b"connection: close\r\n"
_KEEP = b"connection: keep-alive\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"
_BODILESS = frozenset((204, 304))
_JOINED = 64 * 1024

UNTIL_CLOSE, CHUNKED = -1, -2


class H1Exchange(Exchange):
    """`keep` says whether the connection may serve another request afterwards."""

    __slots__ = ("_connection", "_left", "complete", "expecting", "inbox", "keep", "version")

    def __init__(self, connection: H1Server, head: Head, inbox: Inbox | None) -> None:
        self.request = head.request
        self.version = head.version
        self.keep = head.keep
        self.expecting = head.continues
        self.inbox = inbox
        self.status = self.sent = 0
        self.complete = False
        self._connection = connection

    @property
    def peer(self) -> str:
        return self._connection.stream.peer

    async def chunks(self) -> AsyncIterator[bytes]:
        inbox = self.inbox
        if inbox is None:
            return
        if self.expecting:
            self.expecting = False
            if not self.status:
                self._connection.write(fields.CONTINUE)
        while chunk := await inbox.next():
            yield chunk

    @property
    def trailers(self) -> Headers:
        return self.inbox.trailers if self.inbox is not None else ()

    async def respond(self, status: int, headers: Fields = (), body: bytes | AsyncIterator[bytes] = b"") -> None:
        if isinstance(body, bytes):
            self.answer(status, headers, body)
            if self._connection.is_full:
                await self._connection.drain()
            return
        await self.start(status, headers)
        async for chunk in body:
            await self.send(chunk)
        await self.finish()

    def answer(self, status: int, headers: Fields, body: bytes) -> None:
        """The whole answer, without waiting for the peer to take it."""
        head, length = self._head(status, headers)
        size = len(body)
        if self.request.method == "HEAD" or status in _BODILESS:
            head += b"\r\n" if length is not None or status in _BODILESS else b"content-length: %d\r\n\r\n" % size
            body = b""
        elif length is None:
            head += b"content-length: %d\r\n\r\n" % size
        elif length == size:
            head += b"\r\n"
        else:
            raise LocalProtocolError(f"a body of {size} bytes is announced as {length}", rule="RFC 9110 §8.6")
        self.status = status
        self.sent = len(body)
        self.complete = True
        if size <= _JOINED:
            self._connection.write(head + body)
        else:
            self._connection.write_all((head, body))

    async def start(self, status: int, headers: Fields = ()) -> None:
        headers = tuple(headers)
        if status < 200:
            self._inform(status, headers)
            return
        if self.version == "1.0" and not any(name.lower() == "content-length" for name, _ in headers):
            self.keep = False  # the end of the connection is the end of the body
        head, length = self._head(status, headers)
        if self.request.method == "HEAD" or status in _BODILESS:
            self._left = 0
        elif length is not None:
            self._left = length
        elif self.version == "1.1":
            self._left = CHUNKED
            head += _CHUNKED
        else:
            self._left = UNTIL_CLOSE
        self.status = status
        self._connection.write(head + b"\r\n")
        if self._connection.is_full:
            await self._connection.drain()

    async def send(self, chunk: bytes) -> None:
        if self.status < 200 or self.complete:
            raise LocalProtocolError("a body stands between the head and the end of an answer", rule="RFC 9112 §2.1")
        if not chunk or self.request.method == "HEAD" or self.status in _BODILESS:
            return
        if self._left == CHUNKED:
            self._connection.write_all((b"%x\r\n" % len(chunk), chunk, b"\r\n"))
        else:
            if self._left != UNTIL_CLOSE:
                if len(chunk) > self._left:
                    raise LocalProtocolError("the body is longer than was announced", rule="RFC 9110 §8.6")
                self._left -= len(chunk)
            self._connection.write(chunk)
        self.sent += len(chunk)
        if self._connection.is_full:
            await self._connection.drain()

    async def finish(self, trailers: Fields = ()) -> None:
        if self.status < 200 or self.complete:
            raise LocalProtocolError("there is no answer to finish", rule="RFC 9112 §2.1")
        if self._left == CHUNKED:
            said = [fields.line(name, value)[1] for name, value in trailers]
            self._connection.write(b"".join([b"0\r\n", *said, b"\r\n"]))
        elif self._left > 0:
            raise LocalProtocolError(
                f"{self._left} bytes of the body that was announced are missing", rule="RFC 9110 §8.6"
            )
        self.complete = True

    async def accept_upgrade(self, headers: Fields = ()) -> Stream:
        connect = self.request.method == "CONNECT"
        if self.status or not (self.upgrade or connect):
            raise LocalProtocolError("the client doesn't ask for another protocol here", rule="RFC 9110 §7.8")
        lines = [fields.status_line(200 if connect else 101)]
        if not connect:
            lines.append(f"connection: upgrade\r\nupgrade: {self.upgrade}\r\n".encode("ascii"))
        for name, value in headers:
            kind, said = fields.line(name, value)
            if kind in (fields.PLAIN, fields.DATE):
                lines.append(said)
        lines.append(b"\r\n")
        self.status = 200 if connect else 101
        self.complete = True
        return self._connection.switch(b"".join(lines))

    async def wait_closed(self) -> None:
        await self._connection.wait_closed()

    def _head(self, status: int, headers: Fields) -> tuple[bytes, int | None]:
        """The head but for what the body decides, and the length that the caller announces."""
        if self.status >= 200:
            raise LocalProtocolError("this request was answered already", rule="RFC 9112 §9.2")
        prepared = fields.head(status, tuple(headers))
        if status < 300 and self.request.method == "CONNECT":
            raise LocalProtocolError("CONNECT is accepted by changing to what follows it", rule="RFC 9110 §9.3.6")
        if prepared.closes or self._connection.is_closing:
            self.keep = False
        head = prepared.lines if prepared.dated else prepared.lines + fields.date_line()
        if not self.keep:
            head += _CLOSE
        elif self.version == "1.0":
            head += _KEEP
        return head, prepared.length

    def _inform(self, status: int, headers: Fields) -> None:
        """An informational answer, such as 103 Early Hints (RFC 9110 §15.2)."""
        if status == 101 or self.status >= 200:
            raise LocalProtocolError(f"{status} has no place here", rule="RFC 9110 §15.2")
        if self.version == "1.1":
            said = [fields.line(name, value)[1] for name, value in headers]
            self._connection.write(b"".join([fields.status_line(status), *said, b"\r\n"]))
