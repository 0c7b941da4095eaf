"""HTTP/1.1, the client's side of one connection: a request, its answer, and the next (RFC 9112)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

import httptools

from netloom.errors import ConnectionLost, LocalProtocolError, NetloomError, Phase, RemoteProtocolError
from netloom.links.http.client import Answer, Body, HttpConnection
from netloom.links.http.fields import request_head
from netloom.links.http.h1_request import BARE_LF
from netloom.links.http.limits import DEFAULT, Limits
from netloom.links.http.messages import Headers, Request, Response, header, tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream

_END = b"\r\n\r\n"
_VERSION = re.compile(rb"HTTP/(1\.[01]) [1-5][0-9]{2}[ \r]")
_INFORMATIONAL = 16
_SEEN = 64
_SHORT = 64 * 1024
_PIECE = 256 * 1024
_PATIENCE = 1.0
_PRIMER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

NOTHING, CHUNKS, UNTIL_CLOSE = 0, -1, -2


class _HeadParser:
    """Collects what httptools calls back with."""

    __slots__ = ("fields", "reason")

    def __init__(self) -> None:
        self.reason = b""
        self.fields: list[tuple[str, str]] = []

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name.decode("ascii").lower(), value.rstrip(b" \t").decode("latin-1")))


def parse_head(head: bytes, limits: Limits = DEFAULT) -> Response:
    """A response's head, its empty line included. Raises RemoteProtocolError."""
    found = _VERSION.match(head)
    if found is None:
        raise _not_http(head)
    collected = _HeadParser()
    parser = httptools.HttpResponseParser(collected)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass  # what follows is our own to read
    except httptools.HttpParserError as exc:
        raise RemoteProtocolError(
            f"no HTTP response: {str(exc).lower()}", rule="RFC 9112 §4", seen=head[:_SEEN]
        ) from None
    if len(collected.fields) > limits.max_headers:
        raise RemoteProtocolError(f"more than {limits.max_headers} fields", rule="RFC 6585 §5")
    return Response(
        status=parser.get_status_code(),
        reason=collected.reason.decode("latin-1"),
        version=found[1].decode("ascii"),
        headers=tuple(collected.fields),
    )


def _not_http(seen: bytes) -> RemoteProtocolError:
    hint = "it speaks HTTP/2: try version=2-prior" if seen[3:6] == b"\x04\x00\x00" else ""
    shown = seen[:40].decode("ascii", "backslashreplace").encode("unicode_escape").decode("ascii")
    return RemoteProtocolError(
        f"the answer isn't HTTP: it begins with {shown!r}", rule="RFC 9112 §4", seen=seen[:_SEEN], hint=hint
    )


class _ChunkParser:
    """The chunks of one body (RFC 9112 §7.1)."""

    __slots__ = ("_parser", "done", "extra", "parts", "trailers")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.trailers: list[tuple[str, str]] = []
        self.done = self.extra = False
        self._parser = httptools.HttpResponseParser(self)
        self._parser.feed_data(_PRIMER)
        self.trailers.clear()

    def on_message_begin(self) -> None:
        self.extra = self.done

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.done:
            self.trailers.append((name.decode("ascii").lower(), value.rstrip(b" \t").decode("latin-1")))

    def on_body(self, data: bytes) -> None:
        if not self.done:
            self.parts.append(data)

    def on_message_complete(self) -> None:
        self.done = True

    def feed(self, data: bytes) -> None:
        """Raises RemoteProtocolError."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as exc:
            if not self.done:
                raise RemoteProtocolError(f"no chunks: {str(exc).lower()}", rule="RFC 9112 §7.1") from None
            self.extra = True


class H1Answer(Answer):
    """An answer on an HTTP/1.1 connection: reading it pulls its bytes."""

    def __init__(
        self, connection: H1Connection, response: Response, informational: list[Response], length: int
    ) -> None:
        self.response = response
        self.informational = informational
        self.trailers: Headers = ()
        self._connection = connection
        self._length = length
        self._begun = False

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._begun:
            raise LocalProtocolError("a body is read once")
        self._begun = True
        if self._length == NOTHING:
            return
        stream = self._connection.stream
        pieces = (
            self._until_close(stream)
            if self._length == UNTIL_CLOSE
            else self._chunked(stream)
            if self._length == CHUNKS
            else self._counted(stream)
        )
        try:
            async for piece in pieces:
                yield piece
        except NetloomError:
            self._connection.answered(reusable=False)
            raise

    async def _counted(self, stream: Stream) -> AsyncIterator[bytes]:
        left = self._length
        while left:
            data = await stream.read(min(left, 256 * 1024))
            if not data:
                raise ConnectionLost(f"the server closed with {left} of {self._length} bytes of the body missing")
            left -= len(data)
            if not left:
                self._connection.answered(reusable=True)
            yield data

    async def _chunked(self, stream: Stream) -> AsyncIterator[bytes]:
        parser = _ChunkParser()
        limits = self._connection.limits
        idle = 0
        while not parser.done:
            data = await stream.read()
            if not data:
                raise ConnectionLost("the server closed before the last chunk")
            parser.feed(data)
            idle = 0 if parser.parts else idle + len(data)
            if idle > limits.max_head or len(parser.trailers) > limits.max_headers:
                raise RemoteProtocolError("chunks that carry nothing", rule="RFC 9112 §7.1.1")
            if parser.done:
                self.trailers = tuple(parser.trailers)
                self._connection.answered(reusable=not parser.extra)
            parts, parser.parts = parser.parts, []
            for part in parts:
                yield part

    async def _until_close(self, stream: Stream) -> AsyncIterator[bytes]:
        while data := await stream.read():
            yield data
        tls = stream.info("tls")
        if tls is not None and tls.truncated:
            raise ConnectionLost(
                "the connection ended without TLS's goodbye: the body may be cut short (RFC 9112 §9.8)"
            )
        self._connection.answered(reusable=False)

    async def close(self) -> None:
        if not self._connection.is_answered:
            await self._connection.abandon()


class H1Connection(HttpConnection):
    """One connection; requests take turns."""

    version = "1.1"

    def __init__(self, stream: Stream, limits: Limits = DEFAULT) -> None:
        self.stream = stream
        self.limits = limits
        self._busy = False
        self._usable = True
        self._keep = True
        self._sending: asyncio.Task[None] | None = None

    @property
    def reusable(self) -> bool:
        return self._usable and not self._busy and not self.stream.at_eof and not self.stream.peek()

    @property
    def is_answered(self) -> bool:
        """Whether the last answer was read to its end."""
        return not self._busy

    def answered(self, *, reusable: bool) -> None:
        """The answer has come to its end."""
        self._busy = False
        sent = self._sending is None or self._sending.done()
        self._usable = self._usable and reusable and self._keep and sent

    async def abandon(self) -> None:
        """Somebody doesn't want the rest: the connection can't be used any more."""
        self._busy = self._usable = False
        await self._stop_sending()
        self.stream.abort()

    async def request(self, request: Request, body: Body = None) -> Answer:
        self._begin()
        try:
            return await self._exchange(request, body)
        except BaseException:
            self._busy = self._usable = False
            raise

    async def upgrade(self, request: Request) -> tuple[Response, Stream | None]:
        connect = request.method == "CONNECT"
        if not request.protocol and not connect:
            raise LocalProtocolError("an upgrade names its protocol", rule="RFC 9110 §7.8")
        self._begin()
        try:
            answer = await self._exchange(request, None)
        except BaseException:
            self._busy = self._usable = False
            raise
        response = answer.response
        agreed = response.status == 101 or (connect and response.status < 300)
        if not agreed:
            return response, None
        if not connect and request.protocol not in tokens(response.headers, "upgrade"):
            raise RemoteProtocolError("101 for a protocol that wasn't asked for", rule="RFC 9110 §7.8")
        self._usable = False
        return response, self.stream

    async def close(self) -> None:
        self._usable = False
        await self._stop_sending()
        if self._busy:
            self.stream.abort()
        await self.stream.close()

    def _begin(self) -> None:
        if self._busy:
            raise LocalProtocolError("the answer before hasn't been read", rule="RFC 9112 §9.3.2")
        if not self._usable:
            raise ConnectionLost("this connection has served its last request")
        if self.stream.peek():
            raise RemoteProtocolError(
                "the server talks before it is asked", rule="RFC 9112 §9.2", seen=self.stream.peek()[:_SEEN]
            )
        self._busy = True

    async def _exchange(self, request: Request, body: Body) -> H1Answer:
        stream = self.stream
        fields, chunked = framed(request, body)
        head = request_head(request.method, request.target, fields)
        self._keep = "close" not in tokens(fields, "connection")
        stream.enter(Phase.REQUEST)
        if body is None or (isinstance(body, bytes) and len(body) <= _SHORT):
            await stream.write(head + (body or b""))
            stream.enter(Phase.FIRST_BYTE)
            return await self._answer(request)
        await stream.write(head)
        if "100-continue" in tokens(fields, "expect"):
            early = await self._expect(request)
            if early is not None:
                return early
        return await self._while_sending(request, body, chunked=chunked)

    async def _expect(self, request: Request) -> H1Answer | None:
        """Wait a little for "100 Continue" (RFC 9110 §10.1.1), or for a refusal before the body."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                response = await self._head()
                if response.status != 100:
                    self._keep = False  # the server doesn't know whether the body follows
                    return await self._answer(request, response)
        return None

    async def _while_sending(self, request: Request, body: bytes | AsyncIterator[bytes], *, chunked: bool) -> H1Answer:
        """Send a long body and listen meanwhile: a server may refuse it before it has all of it (RFC 9112 §9.5)."""
        loop = asyncio.get_running_loop()
        sending = self._sending = loop.create_task(self._send(body, chunked=chunked))
        answering = loop.create_task(self._answer(request))
        try:
            await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not isinstance(sending.exception(), ConnectionLost | None):
                sending.result()
            answer = await answering
            if answer.response.status >= 300:
                await self._stop_sending()
            return answer
        except BaseException:
            await self._stop_sending()
            raise
        finally:
            answering.cancel()
            await asyncio.wait({answering})

    async def _send(self, body: bytes | AsyncIterator[bytes], *, chunked: bool) -> None:
        stream = self.stream
        if isinstance(body, bytes):
            for at in range(0, len(body), _PIECE):
                await stream.write(body[at : at + _PIECE])
        else:
            async for piece in body:
                if piece:
                    await stream.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                await stream.write(b"0\r\n\r\n")
        if stream.trace is not None and stream.trace.phase is Phase.REQUEST:
            stream.enter(Phase.FIRST_BYTE)

    async def _stop_sending(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            self._keep = self._keep and sending.done()
            sending.cancel()
            await asyncio.wait({sending})
            if not sending.cancelled():
                sending.exception()  # the answer has told more than it could

    async def _head(self) -> Response:
        return await self.stream.parse(lambda data: _whole_head(data, self.limits), self.limits.max_head)

    async def _answer(self, request: Request, response: Response | None = None) -> H1Answer:
        """The final answer's head, and those that came before it."""
        informational: list[Response] = []
        response = response or await self._head()
        while response.status < 200 and response.status != 101:
            informational.append(response)
            if len(informational) > _INFORMATIONAL:
                raise RemoteProtocolError(f"more than {_INFORMATIONAL} informational answers", rule="RFC 9110 §15.2")
            response = await self._head()
        if response.status == 101 and not request.protocol:
            raise RemoteProtocolError("101 to a request that asked for no change", rule="RFC 9110 §15.2.2")
        length = body_length(request, response)
        options = tokens(response.headers, "connection")
        kept = "close" not in options and (response.version == "1.1" or "keep-alive" in options)
        self._keep = self._keep and kept and length != UNTIL_CLOSE
        answer = H1Answer(self, response, informational, length)
        if length == NOTHING:
            self.answered(reusable=True)
        return answer


def framed(request: Request, body: Body) -> tuple[list[tuple[str, str]], bool]:
    """The fields of a request with what frames its body, and whether that is in chunks. Raises LocalProtocolError."""
    fields = [pair for pair in request.headers if pair[0].lower() != "transfer-encoding"]
    if header(fields, "host") is None:
        fields.insert(0, ("host", request.authority))
    if request.protocol and request.method != "CONNECT":
        fields = [pair for pair in fields if pair[0].lower() not in ("connection", "upgrade")]
        fields += [("connection", "upgrade"), ("upgrade", request.protocol)]
    said = header(fields, "content-length")
    if isinstance(body, bytes):
        if said is None:
            fields.append(("content-length", str(len(body))))
        elif said != str(len(body)):
            raise LocalProtocolError(f"a body of {len(body)} bytes is announced as {said}", rule="RFC 9110 §8.6")
        return fields, False
    if body is None:
        if said not in (None, "0"):
            raise LocalProtocolError("a length is announced and there is no body", rule="RFC 9110 §8.6")
        return fields, False
    if said is not None:
        return fields, False
    return [*fields, ("transfer-encoding", "chunked")], True


def body_length(request: Request, response: Response) -> int:
    """How long the body of an answer is: a count, CHUNKS or UNTIL_CLOSE (RFC 9112 §6.3). Raises RemoteProtocolError."""
    status = response.status
    if request.method == "HEAD" or status < 200 or status in (204, 304):
        return NOTHING
    if request.method == "CONNECT" and status < 300:
        return NOTHING
    codings = tokens(response.headers, "transfer-encoding")
    if codings:
        if codings != ["chunked"]:
            raise RemoteProtocolError(f"transfer coding {', '.join(codings)} wasn't asked for", rule="RFC 9112 §7")
        return CHUNKS
    said = header(response.headers, "content-length")
    return int(said) if said is not None else UNTIL_CLOSE


def _whole_head(data: bytes, limits: Limits) -> tuple[Response, int] | None:
    if data[:7] != b"HTTP/1."[: len(data)]:
        raise _not_http(data)
    end = data.find(_END) + 4
    if end == 3:
        if BARE_LF.search(data):
            raise RemoteProtocolError("a line that ends with LF alone", rule="RFC 9112 §2.2", seen=data[:_SEEN])
        return None
    return parse_head(data[:end], limits), end
