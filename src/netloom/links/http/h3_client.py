"""HTTP/3, the client's side of one connection: requests side by side (RFC 9114)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, PeerRefused, Phase
from netloom.links.http.body import Inbox
from netloom.links.http.client import not_taken
from netloom.links.http.h2_client import H2Connection, _Asking
from netloom.links.http.h3_connection import H3Protocol
from netloom.links.http.h3_stream import H3Stream, Part
from netloom.links.http.limits import DEFAULT, Limits
from netloom.links.http.messages import Response
from netloom.links.http.watch import Watch
from netloom.links.quic.client import dial_quic
from netloom.links.quic.configuration import Windows
from netloom.wire.http3 import message
from netloom.wire.http3.codes import Code, Http3Error

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.dial import Dialler
    from netloom.links.http.messages import Request
    from netloom.links.quic.link import QuicLink
    from netloom.links.stream import Stream
    from netloom.wire.http3.qpack import Field

_INFORMATIONAL = 16


class H3Client(H3Protocol):
    """The streams of one connection at a client."""

    def __init__(self, link: QuicLink, limits: Limits, idle: float | None) -> None:
        super().__init__(link, limits, idle, client=True)
        self.asking: dict[H3Stream, tuple[_Asking, str]] = {}
        self.failure: NetloomError | None = None
        self._room_for_streams: asyncio.Future[None] | None = None
        self._watch = Watch(link.loop, self._check)

    async def open(self, headers: list[tuple[str, str]], *, end: bool) -> _Asking:
        """Begin a stream with these fields, once there is room for it."""
        engine = self.stream.engine
        while True:
            if self.failure is not None:
                raise self.failure
            if self.goaway is not None:
                raise ConnectionLost("the server takes no more requests on this connection")
            number = engine.get_next_available_stream_id()
            if number // 4 < engine.max_concurrent_bidi_streams:  # the limit counts all that there ever were
                break
            self._room_for_streams = self._room_for_streams or self.loop.create_future()
            await asyncio.shield(self._room_for_streams)
        asking = _Asking(self.loop)
        stream = H3Stream(self, number, asking)
        trace = self.stream.trace
        if trace is not None and trace.dialogue is not None:
            stream.told = trace.dialogue()
        asking.stream = stream
        asking.inbox = Inbox(self.loop, None, lambda size: self.take_back(stream, size))
        self.streams[number] = stream
        self.asking[stream] = asking, headers[0][1]
        self._bear_from_now()
        try:
            stream.send_headers(headers, end=end)
        except NetloomError:
            self.forget(stream)
            raise
        return asking

    def forget(self, stream: Any) -> None:
        """Nobody waits for this stream any more."""
        if self.streams.pop(stream.id, None) is None:
            return
        asking, _ = self.asking.pop(stream)
        self.take_back(stream, asking.inbox.drop())
        self.let_go(stream)
        if not stream.over and stream.error is None:
            stream.reset(Code.REQUEST_CANCELLED)
        if not self.streams:
            self._watch.stop()

    # What the connection tells

    def head(self, stream: H3Stream, fields: list[Field]) -> None:
        asking, method = self.asking[stream]
        trace = self.stream.trace
        if trace is not None and trace.phase is Phase.FIRST_BYTE:
            trace.enter(Phase.TRANSFER)
        status, headers = message.response(fields)
        response = Response(status=status, version="3", headers=tuple(headers))
        if status < 200:
            asking.informational.append(response)
            if len(asking.informational) > _INFORMATIONAL:
                raise Http3Error(
                    Code.EXCESSIVE_LOAD, f"more than {_INFORMATIONAL} informational answers", "RFC 9110 §15.2"
                )
            return
        stream.part = Part.BODY
        stream.left = 0 if method == "HEAD" or status in (204, 304) else message.length(headers)
        if not asking.head.done():
            asking.head.set_result(response)

    def malformed(self, stream: H3Stream, error: Http3Error) -> None:
        stream.reset(error.code)
        stream.fail(error)

    def going(self) -> None:
        for stream in list(self.streams.values()):
            if self.goaway is not None and stream.id >= self.goaway:
                stream.fail(not_taken("NO_ERROR"))
        self._look_for_room()

    def sent(self) -> None:
        super().sent()
        if self._room_for_streams is not None:
            engine = self.stream.engine
            if engine.get_next_available_stream_id() // 4 < engine.max_concurrent_bidi_streams:
                self._look_for_room()

    def ended(self, error: NetloomError) -> None:
        self.failure = self.failure or error
        self._watch.stop()
        self._look_for_room()

    def _look_for_room(self) -> None:
        waiting, self._room_for_streams = self._room_for_streams, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    # Time: silence is bounded as on any other link

    def bear(self, seconds: float | None) -> None:
        """From now on, this many seconds of silence while an answer is due (None: any)."""
        self.idle = seconds
        self._watch.stop()
        if self.streams and not self.over:
            self._bear_from_now()

    def _bear_from_now(self) -> None:
        self.stream.heard = self.loop.time()
        if self.idle is not None:
            self._watch.within(self.idle)

    def _check(self) -> None:
        if self.idle is None or not self.streams or self.over:
            return
        left = self.stream.heard + self.idle - self.loop.time()
        if left > 0:
            self._watch.within(left)
            return
        trace = self.stream.trace
        phase = trace.phase if trace is not None else None
        self.stream.close(Code.REQUEST_CANCELLED, "", DeadlineExceeded(f"silence for {self.idle:g} s", phase=phase))


class H3Connection(H2Connection):
    """One connection; requests go side by side, as they do in HTTP/2."""

    version = "3"

    def __init__(self, wire: H3Client, datagrams: Datagrams) -> None:
        whole: Any = wire  # what this class wants of HTTP/2's frames, HTTP/3's have as well
        super().__init__(whole)
        self._h3 = wire
        self._datagrams = datagrams
        self.quic = wire.stream.engine.number

    async def upgrade(self, request: Request) -> tuple[Response, Stream | None]:
        raise PeerRefused(f"{request.protocol} isn't spoken over HTTP/3 here (RFC 9220)", hint="try version=1.1")

    async def close(self) -> None:
        link = self._h3.stream
        link.close(Code.NO_ERROR)
        link.drop()
        await self._datagrams.close()


async def dial_h3(dial: Dialler, endpoint: Endpoint | None, limits: Limits = DEFAULT) -> H3Connection:
    """A connection to the endpoint's UDP port. Raises what dialling raises."""
    windows = Windows(connection=limits.connection_window, stream=limits.stream_window)
    link, datagrams = await dial_quic(dial, endpoint, ("h3",), windows)
    wire = H3Client(link, limits, dial.options.idle)
    datagrams.idle_changed = wire.bear
    wire.begin()
    return H3Connection(wire, datagrams)
