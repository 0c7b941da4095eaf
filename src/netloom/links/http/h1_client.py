"""HTTP/1.1, the client's side of one connection: a request, its answer, and the next (RFC 9112)."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
from typing import TYPE_CHECKING, Any

import httptools
import msgspec

from netloom.errors import ConnectionLost, LocalProtocolError, NetloomError, Phase, RemoteProtocolError
from netloom.links.http.client import Answer, Body, HttpConnection, first_values
from netloom.links.http.fields import check_method, check_target, line
from netloom.links.http.h1_request import BARE_LF
from netloom.links.http.limits import DEFAULT, Limits
from netloom.links.http.messages import Headers, Request, Response, header, tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Mapping

    from netloom.links.stream import Stream

_END = b"\r\n\r\n"
_VERSION = re.compile(rb"HTTP/(1\.[01]) [1-5][0-9]{2}[ \r]")
_INFORMATIONAL = 16
_SEEN = 64
_SHORT = 64 * 1024
_PIECE = 256 * 1024
_PATIENCE = 1.0
_FEW = 8
_SHORT_TARGET = 256
"""What of a request is worth remembering as bytes: so few fields, and so short a target. All of a sweep have them."""
_ORDINARY = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"}
)  # no secret among them
_PRIMER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

NOTHING, CHUNKS, UNTIL_CLOSE = 0, -1, -2


class _HeadParser:
    """Collects what httptools calls back with."""

    __slots__ = ("fields", "reason")

    def __init__(self) -> None:
        self.reason = b""
        self.fields: list[tuple[bytes, bytes]] = []

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))


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
        headers=tuple(
            [(name.decode("ascii").lower(), value.rstrip(b" \t").decode("latin-1")) for name, value in collected.fields]
        ),
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
        self, connection: H1Connection, request: Request, response: Response, informational: list[Response]
    ) -> None:
        self.response = response
        self.first = first_values(response.headers)
        self.informational = informational
        self.trailers: Headers = ()
        self._connection = connection
        self._length = self._left = body_length(request, response, self.first)
        self._chunks: _ChunkParser | None = None
        self._ended = False

    @property
    def length(self) -> int:
        """How long the body is: a count, NOTHING, CHUNKS or UNTIL_CLOSE."""
        return self._length

    async def next(self) -> bytes:
        if self._ended:
            raise LocalProtocolError("a body is read once")
        try:
            if self._length > 0:
                piece = await self._counted(self._connection.stream)
            elif self._length == CHUNKS:
                piece = await self._chunked(self._connection.stream)
            else:
                piece = b"" if self._length == NOTHING else await self._until_close(self._connection.stream)
        except NetloomError:
            self._ended = True
            self._connection.answered(reusable=False)
            raise
        self._ended = not piece
        return piece

    async def _counted(self, stream: Stream) -> bytes:
        if not self._left:
            return b""
        data = await stream.read(min(self._left, _PIECE))
        if not data:
            raise ConnectionLost(f"the server closed with {self._left} of {self._length} bytes of the body missing")
        self._left -= len(data)
        if not self._left:
            self._connection.answered(reusable=True)
        return data

    async def _chunked(self, stream: Stream) -> bytes:
        if self._chunks is None:
            self._chunks = _ChunkParser()
        parser, limits = self._chunks, self._connection.limits
        idle = 0
        while not parser.parts and not parser.done:
            data = await stream.read()
            if not data:
                raise ConnectionLost("the server closed before the last chunk")
            parser.feed(data)
            idle += 0 if parser.parts else len(data)
            if idle > limits.max_head or len(parser.trailers) > limits.max_headers:
                raise RemoteProtocolError("chunks that carry nothing", rule="RFC 9112 §7.1.1")
            if parser.done:
                self.trailers = tuple(parser.trailers)
                self._connection.answered(reusable=not parser.extra)
        parts, parser.parts = parser.parts, []
        return b"".join(parts)

    async def _until_close(self, stream: Stream) -> bytes:
        data = await stream.read()
        if not data:
            tls = stream.info("tls")
            if tls is not None and tls.truncated:
                raise ConnectionLost(
                    "the connection ended without TLS's goodbye: the body may be cut short (RFC 9112 §9.8)"
                )
            self._connection.answered(reusable=False)
        return data

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
        self._spoken = False
        self._sending: asyncio.Task[None] | None = None

    @property
    def spoken(self) -> bool:
        return self._spoken

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
        if self._sending is not None:
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
        head, said, chunked = framed(request, body)
        self._keep = not said.closes
        stream.enter(Phase.REQUEST)
        if body is None or (isinstance(body, bytes) and len(body) <= _SHORT):
            await stream.write(head + (body or b""))
            stream.enter(Phase.FIRST_BYTE)
            return await self._answer(request)
        await stream.write(head)
        if said.expects:
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

    def _head(self) -> Coroutine[Any, Any, Response]:
        return self.stream.parse(self._parsed, self.limits.max_head)

    def _parsed(self, data: bytes) -> tuple[Response, int] | None:
        self._spoken = True
        return _whole_head(data, self.limits)

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
        answer = H1Answer(self, request, response, informational)
        options = tokens(response.headers, "connection") if "connection" in answer.first else ()
        kept = "close" not in options and (response.version == "1.1" or "keep-alive" in options)
        self._keep = self._keep and kept and answer.length != UNTIL_CLOSE
        if answer.length == NOTHING:
            self.answered(reusable=True)
        return answer


class Said(msgspec.Struct, frozen=True):
    """A request's fields as lines, without Transfer-Encoding, and what they say about the host and about framing."""

    lines: bytes
    host: bool
    length: str | None
    closes: bool
    expects: bool


def _said(headers: Headers) -> Said:
    fields = [(name, value) for name, value in headers if name.lower() != "transfer-encoding"]
    return Said(
        lines=b"".join([line(name, value)[1] for name, value in fields]),
        host=header(fields, "host") is not None,
        length=header(fields, "content-length"),
        closes="close" in tokens(fields, "connection"),
        expects="100-continue" in tokens(fields, "expect"),
    )


_cached_said = functools.lru_cache(maxsize=256)(_said)


def _request_line(method: str, target: str) -> bytes:
    check_method(method)
    check_target(target)
    return f"{method} {target} HTTP/1.1\r\n".encode("ascii")


_cached_request_line = functools.lru_cache(maxsize=1024)(_request_line)


def framed(request: Request, body: Body) -> tuple[bytes, Said, bool]:
    """A request's head with what frames its body, and whether that is in chunks. Raises LocalProtocolError."""
    begins = (_cached_request_line if len(request.target) <= _SHORT_TARGET else _request_line)(
        request.method, request.target
    )
    headers = request.headers
    if request.protocol and request.method != "CONNECT":
        headers = tuple(pair for pair in headers if pair[0].lower() not in ("connection", "upgrade"))
        headers += (("connection", "upgrade"), ("upgrade", request.protocol))
    ordinary = len(headers) <= _FEW and _ORDINARY.issuperset([name for name, _ in headers])
    said = _cached_said(headers) if ordinary else _said(headers)
    host = b"" if said.host else line("host", request.authority)[1]
    head = begins + host + said.lines
    if body is None:
        if said.length not in (None, "0"):
            raise LocalProtocolError("a length is announced and there is no body", rule="RFC 9110 §8.6")
    elif isinstance(body, bytes):
        if said.length is None:
            head += line("content-length", str(len(body)))[1]
        elif said.length != str(len(body)):
            raise LocalProtocolError(f"a body of {len(body)} bytes is announced as {said.length}", rule="RFC 9110 §8.6")
    elif said.length is None:
        return head + line("transfer-encoding", "chunked")[1] + b"\r\n", said, True
    return head + b"\r\n", said, False


def body_length(request: Request, response: Response, first: Mapping[str, str]) -> int:
    """How long the body of an answer is: a count, CHUNKS or UNTIL_CLOSE (RFC 9112 §6.3). Raises RemoteProtocolError."""
    status = response.status
    if request.method == "HEAD" or status < 200 or status in (204, 304):
        return NOTHING
    if request.method == "CONNECT" and status < 300:
        return NOTHING
    codings = tokens(response.headers, "transfer-encoding") if "transfer-encoding" in first else []
    if codings:
        if codings != ["chunked"]:
            raise RemoteProtocolError(f"transfer coding {', '.join(codings)} wasn't asked for", rule="RFC 9112 §7")
        return CHUNKS
    said = first.get("content-length")
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
