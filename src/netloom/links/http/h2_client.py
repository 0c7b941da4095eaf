"""HTTP/2, the client's side of one connection: requests side by side (RFC 9113)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from h2.errors import ErrorCodes
from h2.events import InformationalResponseReceived, ResponseReceived

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    LocalProtocolError,
    NetloomError,
    PeerRefused,
    Phase,
    RemoteProtocolError,
)
from netloom.links.http import fields
from netloom.links.http.body import Inbox
from netloom.links.http.client import Answer, Body, HttpConnection, first_values
from netloom.links.http.h2_connection import H2Protocol, H2Stream
from netloom.links.http.h2_transport import H2Transport
from netloom.links.http.limits import DEFAULT, Limits
from netloom.links.http.messages import Headers, Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream

_INFORMATIONAL = 16


class _Asking:
    """A request that waits for its answer's head; then where its body goes."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.head: asyncio.Future[Response] = loop.create_future()
        self.informational: list[Response] = []
        self.inbox: Inbox
        self.stream: H2Stream

    def feed(self, data: bytes) -> None:
        self.inbox.feed(data)

    def end(self, trailers: Headers = ()) -> None:
        self.inbox.end(trailers)
        if not self.head.done():
            self.fail(RemoteProtocolError("a stream that ends without an answer", rule="RFC 9113 §8.1"))

    def fail(self, error: NetloomError) -> None:
        self.inbox.fail(error)
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # it may be that nobody waits any more


class H2Answer(Answer):
    """An answer on one stream."""

    def __init__(self, connection: H2Client, asking: _Asking, sending: asyncio.Task[None] | None) -> None:
        self.response = asking.head.result()
        self.first = first_values(self.response.headers)
        self.informational = asking.informational
        self._connection = connection
        self._asking = asking
        self._sending = sending
        self._ended = False

    @property
    def trailers(self) -> Headers:  # type: ignore[override]  # they come with the end
        return self._asking.inbox.trailers

    async def next(self) -> bytes:
        if self._ended:
            raise LocalProtocolError("a body is read once")
        piece = b""
        try:
            piece = await self._asking.inbox.next()
        finally:
            if not piece:
                self._ended = True
                await self.close()
        return piece

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            while piece := await self.next():
                yield piece
        finally:
            await self.close()

    async def close(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            await _stop(sending)
        self._connection.forget(self._asking.stream)


class H2Client(H2Protocol):
    """The frames of one connection at a client."""

    def __init__(self, stream: Stream, limits: Limits, idle: float | None) -> None:
        super().__init__(stream, limits, idle, client=True)
        self.asking: dict[int, _Asking] = {}
        self.failure: NetloomError | None = None
        self.spoken = False
        self._settled = stream.loop.create_future()
        self._room_for_streams: asyncio.Future[None] | None = None
        self._heard = stream.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        stream.idle_changed = self._bear

    async def open(self, headers: list[tuple[str, str]], *, end: bool) -> _Asking:
        """Begin a stream with these fields, once there is room for it."""
        while True:
            if self.failure is not None:
                raise self.failure
            if self.goaway is not None:
                raise ConnectionLost("the server takes no more requests on this connection")
            if self.engine.open_outbound_streams < self.engine.remote_settings.max_concurrent_streams:
                break
            self._room_for_streams = self._room_for_streams or self.loop.create_future()
            await asyncio.shield(self._room_for_streams)
        number = self.engine.get_next_available_stream_id()
        asking = _Asking(self.loop)
        stream = H2Stream(self, number, asking)
        asking.stream = stream
        asking.inbox = Inbox(self.loop, None, lambda size: self.take_back(stream, size))
        self.streams[number] = stream
        self.asking[number] = asking
        self._heard = self.loop.time()
        self._watch()
        try:
            stream.send_headers(headers, end=end)
        except NetloomError:
            self.forget(stream)
            raise
        return asking

    async def connect_protocol(self) -> bool:
        """Whether the server takes extended CONNECT (RFC 8441 §3): its settings tell."""
        await asyncio.shield(self._settled)
        if self.failure is not None:
            raise self.failure
        return bool(self.engine.remote_settings.enable_connect_protocol)

    def forget(self, stream: H2Stream) -> None:
        """Nobody waits for this stream any more."""
        if self.streams.pop(stream.id, None) is None:
            return
        asking = self.asking.pop(stream.id)
        self.take_back(stream, asking.inbox.drop())
        if not stream.over and stream.error is None:
            stream.reset(ErrorCodes.CANCEL)
        waiting, self._room_for_streams = self._room_for_streams, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        if not self.streams:
            self._stop_timer()
            if self.goaway is not None and not self._gone:
                self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        super().data_received(data)

    # What the connection tells

    def responded(self, event: ResponseReceived | InformationalResponseReceived) -> None:
        asking = self.asking.get(event.stream_id)
        if asking is None:
            return
        trace = self.stream.trace
        if trace is not None and trace.phase is Phase.FIRST_BYTE:
            self.stream.enter(Phase.TRANSFER)
        said = [(str(name), str(value)) for name, value in event.headers]
        status = next((value for name, value in said if name == ":status"), "")
        if len(status) != 3 or not status.isdigit():
            raise RemoteProtocolError("an answer without its status", rule="RFC 9113 §8.3.2")
        headers = tuple(pair for pair in said if pair[0][0] != ":")
        response = Response(status=int(status), version="2", headers=headers)
        if isinstance(event, InformationalResponseReceived):
            asking.informational.append(response)
            if len(asking.informational) > _INFORMATIONAL:
                raise RemoteProtocolError(f"more than {_INFORMATIONAL} informational answers", rule="RFC 9110 §15.2")
        elif not asking.head.done():
            asking.head.set_result(response)

    def settled(self) -> None:
        self.spoken = True
        self._release()

    def _release(self) -> None:
        """Whoever waits for the settings, or for room, looks again."""
        if not self._settled.done():
            self._settled.set_result(None)
        if self._room_for_streams is not None and not self._room_for_streams.done():
            self._room_for_streams.set_result(None)
            self._room_for_streams = None

    def ended(self, error: NetloomError) -> None:
        self.failure = error
        self._stop_timer()
        self._release()

    # Time: silence is bounded as on any other link

    def _bear(self, seconds: float | None) -> None:
        """From now on, this many seconds of silence while an answer is due (None: any)."""
        self.idle = seconds
        self._stop_timer()
        if self.streams and not self.over:
            self._watch()

    def _watch(self) -> None:
        if self._timer is None and self.idle is not None:
            self._timer = self.loop.call_at(self._heard + self.idle, self._check)

    def _check(self) -> None:
        self._timer = None
        if self.idle is None or not self.streams or self.over:
            return
        if self.loop.time() < self._heard + self.idle:
            self._watch()
            return
        trace = self.stream.trace
        error = DeadlineExceeded(f"silence for {self.idle:g} s", phase=trace.phase if trace is not None else None)
        self.transport.abort()
        self._end(error)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class H2Connection(HttpConnection):
    """One connection; requests go side by side."""

    version = "2"

    def __init__(self, wire: H2Client) -> None:
        self._wire = wire
        self._tunnels = 0

    @classmethod
    def begin(cls, stream: Stream, limits: Limits = DEFAULT, idle: float | None = None) -> H2Connection:
        """Speak HTTP/2 over a stream. What the server thinks of it shows with the first answer."""
        wire = H2Client(stream, limits, idle)
        wire.begin()
        return cls(wire)

    @property
    def reusable(self) -> bool:
        return not self._wire.over and self._wire.goaway is None

    @property
    def spoken(self) -> bool:
        return self._wire.spoken  # its settings come first (RFC 9113 §3.4)

    async def request(self, request: Request, body: Body = None, *, sized: bool = True) -> Answer:
        """As for any version; `sized`: a body that is there as a whole is announced by its length."""
        wire = self._wire
        wire.stream.enter(Phase.REQUEST)
        ends = body is None or body == b""
        asking = await wire.open(_fields(request, body if sized else None), end=ends)
        sending: asyncio.Task[None] | None = None
        try:
            if isinstance(body, bytes) and 0 < len(body) <= asking.stream.room():
                await asking.stream.send(body, end=True)
            elif body is not None and not ends:
                sending = wire.loop.create_task(self._send(asking.stream, body))
                first: set[asyncio.Future[Any]] = {sending, asking.head}
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                if sending.done() and not isinstance(sending.exception(), ConnectionLost | None):
                    sending.result()
            if not asking.head.done():
                wire.stream.enter(Phase.FIRST_BYTE)
            await asking.head
        except BaseException:
            if sending is not None:
                await _stop(sending)
            wire.forget(asking.stream)
            raise
        return H2Answer(wire, asking, sending)

    async def upgrade(self, request: Request) -> tuple[Response, Stream | None]:
        if not request.protocol:
            raise LocalProtocolError("extended CONNECT names its protocol", rule="RFC 8441 §4")
        wire = self._wire
        wire.stream.enter(Phase.REQUEST)
        if not await wire.connect_protocol():
            raise PeerRefused(
                f"the server doesn't take {request.protocol} over HTTP/2 (RFC 8441)", hint="try version=1.1"
            )
        asking = await wire.open(_fields(request, None), end=False)
        wire.stream.enter(Phase.FIRST_BYTE)
        try:
            response = await asking.head
        except BaseException:
            wire.forget(asking.stream)
            raise
        if response.status >= 300:
            wire.forget(asking.stream)
            return response, None
        transport = H2Transport(asking.stream)
        asking.stream.receiver = transport
        stream = transport.carry(wire.idle)
        for chunk in asking.inbox.take_all():
            transport.feed(chunk)
        if asking.inbox.ended:
            transport.end()
        return response, stream

    async def close(self) -> None:
        wire = self._wire
        if not wire.over:
            wire.say_goaway()
        wire.ended(wire.failure or ConnectionLost("we closed the connection"))
        await wire.stream.close()

    def keep_alive(self, every: float, patience: float) -> None:
        """While answers are waited for: a PING after `every` seconds of silence, the end after `patience` of it."""
        self._wire.keep_alive(every, patience)

    async def _send(self, stream: H2Stream, body: bytes | AsyncIterator[bytes]) -> None:
        if isinstance(body, bytes):
            await stream.send(body, end=True)
            return
        try:
            async for piece in body:
                if piece:
                    await stream.send(piece)
        except Exception as exc:
            if stream.error is None:  # the rest will never come: that is no end, and who reads the answer is to know
                failure = ConnectionLost(f"the request's body broke off: {exc}")
                failure.__cause__ = exc
                stream.reset(ErrorCodes.CANCEL)
                stream.fail(failure)
            raise
        await stream.send(b"", end=True)


async def _stop(sending: asyncio.Task[None]) -> None:
    """End the task that sends a body. How it fails is told by the stream."""
    sending.cancel()
    await asyncio.wait({sending})
    if not sending.cancelled():
        sending.exception()


def _fields(request: Request, body: Body) -> list[tuple[str, str]]:
    """A request's fields as HTTP/2 has them (RFC 9113 §8.3.1). Raises LocalProtocolError."""
    fields.check_method(request.method)
    fields.check_target(request.target)
    headers = [pair for pair in fields.checked(request.headers) if pair[0] != "host"]
    if isinstance(body, bytes) and not any(name == "content-length" for name, _ in headers):
        headers.append(("content-length", str(len(body))))
    authority = request.authority or next((value for name, value in request.headers if name.lower() == "host"), "")
    fields.line("host", authority)
    if request.method == "CONNECT" and not request.protocol:
        return [(":method", "CONNECT"), (":authority", authority), *headers]
    method = "CONNECT" if request.protocol else request.method
    pseudo = [(":method", method), (":scheme", request.scheme), (":authority", authority), (":path", request.target)]
    if request.protocol:
        pseudo.insert(1, (":protocol", request.protocol))
    return [*pseudo, *headers]
