"""WSGI applications (PEP 3333) as ASGI 3, in a bounded pool of threads, streaming in both directions."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import logging
import re
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes
from wsgiref.util import is_hop_by_hop

import msgspec

from netloom.contents import TooLarge
from netloom.errors import ConnectionLost, LocalProtocolError

_T = TypeVar("_T")
_Event = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Event]]
_Send = Callable[[_Event], Awaitable[None]]
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
_Header = tuple[bytes, bytes]

_log = logging.getLogger(__name__)
_STATUS = re.compile(r"([2-9]\d\d)( [^\x00-\x1f\x7f]*)?")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_RULE = "PEP 3333"


class WsgiLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many `threads` run an application, requests `waiting` for one (more get 503), bytes of a request's `body`."""

    threads: int = 16
    waiting: int = 1_000
    body: int = 1 << 30


def wsgi_to_asgi(application: Callable[..., Any], limits: WsgiLimits | None = None) -> WsgiAdapter:
    """The ASGI 3 callable for a WSGI application. Its threads end with the lifespan's shutdown, or `close()`."""
    return WsgiAdapter(application, limits or WsgiLimits())


class WsgiAdapter:
    """An ASGI 3 application around a WSGI one. What the application raises passes to the server, which answers 500."""

    def __init__(self, application: Callable[..., Any], limits: WsgiLimits) -> None:
        self.application = application
        self.limits = limits
        self._pool = concurrent.futures.ThreadPoolExecutor(limits.threads, thread_name_prefix="netloom-wsgi")
        self._busy = 0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the threads; one that still runs ends with its request. Requests that wait are cancelled."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: _Event, receive: _Receive, send: _Send) -> None:
        """Serve one scope: http; lifespan; a WebSocket is refused."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003, "reason": "a WSGI application has no WebSockets"})

    async def _http(self, scope: _Event, receive: _Receive, send: _Send) -> None:
        with self._lock:
            has_room = self._busy < self.limits.threads + self.limits.waiting
            self._busy += has_room
        if not has_room:
            await _refuse(send, 503, b"too many requests are waiting\n")
            return
        bridge = _Bridge(asyncio.get_running_loop(), send)
        request = _Request(self.application, scope, bridge, _Input(bridge, receive, self.limits.body, _has_body(scope)))
        try:
            running = self._pool.submit(contextvars.copy_context().run, request.run)
        except RuntimeError:  # closed meanwhile
            self._leave()
            raise
        running.add_done_callback(self._leave)
        try:
            for event in await bridge.serve(asyncio.wrap_future(running)):
                await send(event)
        except TooLarge as error:
            if request.response.started:
                raise
            await _refuse(send, 413, error.message.encode() + b"\n")

    def _leave(self, _: object = None) -> None:
        with self._lock:
            self._busy -= 1

    async def _lifespan(self, receive: _Receive, send: _Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


class _Bridge:
    """How a request's thread asks for something on the loop: its ASGI task does it, so that no other task is needed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: _Send) -> None:
        self._loop = loop
        self._send = send
        self._asked: asyncio.Queue[tuple[Callable[[], Awaitable[Any]], concurrent.futures.Future[Any]] | None]
        self._asked = asyncio.Queue()
        self._lock = threading.Lock()
        self._gone = False

    def ask(self, what: Callable[[], Awaitable[_T]]) -> _T:
        """From the thread: await `what()` on the loop. Raises what it does; ConnectionLost after the request."""
        answer: concurrent.futures.Future[_T] = concurrent.futures.Future()
        with self._lock:
            if self._gone:
                raise ConnectionLost("the request is over")
            self._loop.call_soon_threadsafe(self._asked.put_nowait, (what, answer))
        return answer.result()

    def send(self, *events: _Event) -> None:
        """From the thread: send events, and wait as long as the peer's slowness holds them up."""

        async def all_of_them() -> None:
            for event in events:
                await self._send(event)

        self.ask(all_of_them)

    async def serve(self, running: asyncio.Future[_T]) -> _T:
        """On the loop: do what is asked until the thread has finished, and return its result."""
        running.add_done_callback(lambda _: self._asked.put_nowait(None))
        try:
            while (asked := await self._asked.get()) is not None:
                what, answer = asked
                try:
                    answer.set_result(await what())
                except Exception as error:
                    answer.set_exception(error)
                except BaseException:
                    answer.set_exception(ConnectionLost("the request is over"))
                    raise
            if running.cancelled():
                raise ConnectionLost("the server stopped before this request had its turn")
            return running.result()
        finally:
            self._leave(running)

    def _leave(self, running: asyncio.Future[_T]) -> None:
        """A thread can't be stopped: it is told with its next question, also with one that it has asked already."""
        with self._lock:
            self._gone = True
        self._loop.call_soon(self._refuse_the_rest)
        if not running.done():
            running.cancel()  # one that hasn't begun yet never will

    def _refuse_the_rest(self) -> None:
        while not self._asked.empty():
            asked = self._asked.get_nowait()
            if asked is not None:
                asked[1].set_exception(ConnectionLost("the request is over"))


class _Request:
    """One request, in its thread."""

    def __init__(self, application: Callable[..., Any], scope: _Event, bridge: _Bridge, body: _Input) -> None:
        self._application = application
        self._environ = environ_of(scope, body)
        self.response = _Response(bridge)

    def run(self) -> list[_Event]:
        """Call the application and send what it gives; returns the last events, which are for the loop to send."""
        result = self._application(self._environ, self.response.start_response)
        try:
            # All of a list with one item is at hand: no need to send it before the application has ended.
            whole = isinstance(result, list | tuple) and len(result) <= 1
            for data in result:
                if whole:
                    return self.response.finish(data)
                if data:
                    self.response.write(data)
            return self.response.finish(b"")
        finally:
            self._environ["wsgi.errors"].flush()
            if hasattr(result, "close"):
                result.close()


class _Response:
    """What an application answers: `start_response`, `write`."""

    def __init__(self, bridge: _Bridge) -> None:
        self._bridge = bridge
        self._start: _Event | None = None
        self.started = False

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """As PEP 3333 has it. Raises LocalProtocolError for a status or header that can't be said, or a second call."""
        if exc_info is not None:
            try:
                if self.started:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # a cycle through the traceback otherwise
        elif self._start is not None:
            raise LocalProtocolError("start_response was called twice without exc_info", rule=_RULE)
        self._start = {"type": "http.response.start", "status": _status(status), "headers": _headers(headers)}
        return self.write

    def write(self, data: bytes) -> None:
        self._bridge.send(*self._events(data, more=True))

    def finish(self, data: bytes) -> list[_Event]:
        return self._events(data, more=False)

    def _events(self, data: bytes, *, more: bool) -> list[_Event]:
        if not isinstance(data, bytes):
            raise LocalProtocolError(f"a response's body is made of bytes, not of {type(data).__name__}", rule=_RULE)
        if self._start is None:
            raise LocalProtocolError("the application didn't call start_response", rule=_RULE)
        events: list[_Event] = [] if self.started else [self._start]
        self.started = True
        events.append({"type": "http.response.body", "body": data, "more_body": more})
        return events


class _Input:
    """`wsgi.input`: the request's body, received when it is asked for."""

    def __init__(self, bridge: _Bridge, receive: _Receive, limit: int, more: bool) -> None:
        self._bridge = bridge
        self._receive = receive
        self._limit = limit
        self._more = more
        self._received = 0
        self._buffer = bytearray()

    def read(self, size: int | None = -1) -> bytes:
        """`size` bytes, fewer at the end; all for a negative size or None. Raises ConnectionLost, TooLarge."""
        wanted = None if size is None or size < 0 else size
        while self._more and (wanted is None or len(self._buffer) < wanted):
            self._fill()
        return self._take(len(self._buffer) if wanted is None else wanted)

    def readline(self, size: int | None = -1) -> bytes:
        """Up to and with the next LF, or `size` bytes."""
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched) + 1
            if not end and self._more and (size is None or size < 0 or len(self._buffer) < size):
                searched = len(self._buffer)
                self._fill()
                continue
            end = end or len(self._buffer)
            return self._take(end if size is None or size < 0 else min(end, size))

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """The lines that are left; no more after `hint` bytes."""
        lines: list[bytes] = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _fill(self) -> None:
        event = self._bridge.ask(self._receive)
        if event["type"] == "http.disconnect":
            raise ConnectionLost("the client went away before its request was complete")
        data = event.get("body", b"")
        self._received += len(data)
        if self._received > self._limit:
            raise TooLarge(f"a request's body has no more than {self._limit} bytes here")
        self._buffer += data
        self._more = event.get("more_body", False)


class _Errors:
    """`wsgi.errors`: each line is logged."""

    def __init__(self) -> None:
        self._line = ""

    def write(self, text: str) -> int:
        *lines, rest = (self._line + text).split("\n")
        for line in lines:
            _log.error("%s", line)
        self._line = rest[:10_000]
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._line:
            _log.error("%s", self._line)
        self._line = ""


def environ_of(scope: _Event, body: _Input) -> dict[str, Any]:
    """The environ of PEP 3333. Headers with `_` in their names are left out: they would look like others with `-`."""
    path = unquote_to_bytes(scope["raw_path"]) if scope.get("raw_path") else scope["path"].encode()
    root = scope.get("root_path", "").encode()
    inside = path[len(root) :] if root and path.startswith(root) else path
    scheme = scope.get("scheme", "http")
    server = scope.get("server") or ("localhost", None)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.decode("latin-1"),
        "PATH_INFO": inside.decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or (443 if scheme == "https" else 80)),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"] = scope["client"][0]
        environ["REMOTE_PORT"] = str(scope["client"][1])
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        if b"_" in raw_name or name == "TRANSFER_ENCODING":  # the body is decoded already
            continue
        key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        separator = "; " if name == "COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    return environ


def _has_body(scope: _Event) -> bool:
    """Whether there may be a body; in HTTP/1 a header says so (RFC 9112 §6), in HTTP/2 the frames do."""
    names = {name.lower() for name, _ in scope["headers"]}
    return not scope.get("http_version", "1.1").startswith("1") or bool(
        names & {b"content-length", b"transfer-encoding"}
    )


def _status(status: object) -> int:
    found = _STATUS.fullmatch(status) if isinstance(status, str) else None
    if found is None:
        raise LocalProtocolError(f"{status!r} is no status: '200 OK' is expected", rule=_RULE)
    return int(found[1])


def _headers(headers: object) -> list[_Header]:
    if not isinstance(headers, list):
        raise LocalProtocolError("headers are a list of pairs of texts", rule=_RULE)
    checked = []
    for pair in headers:
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise LocalProtocolError("a header is a pair of texts", rule=_RULE)
        name, value = pair
        if not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise LocalProtocolError(f"the header {name!r} can't be sent", rule="RFC 9110 §5")
        if is_hop_by_hop(name):
            raise LocalProtocolError(f"the header {name} is the server's own business", rule=_RULE)
        try:
            checked.append((name.lower().encode("latin-1"), value.encode("latin-1")))
        except UnicodeEncodeError:
            raise LocalProtocolError(f"the header {name!r} isn't in ISO 8859-1", rule=_RULE) from None
    return checked


async def _refuse(send: _Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": False})
