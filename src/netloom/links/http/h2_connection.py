"""HTTP/2, one connection, either side: frames to streams, flow control both ways, and floods ended (RFC 9113)."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Protocol

from h2.config import H2Configuration
from h2.connection import ConnectionState
from h2.connection import H2Connection as Engine
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    InformationalResponseReceived,
    RemoteSettingsChanged,
    RequestReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import H2Error, ProtocolError
from h2.settings import SettingCodes, Settings

from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, NetloomError, RemoteProtocolError
from netloom.links.http.client import not_taken
from netloom.links.http.h2_frames import Frames, GoAway
from netloom.links.http.h2_pulse import Pulse
from netloom.links.http.limits import Bucket, Limits
from netloom.links.translate import lost

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from netloom.links.http.messages import Headers
    from netloom.links.stream import Stream

# At DEBUG it writes down every field, credentials among them, wherever somebody asks for everything.
logging.getLogger("hpack").setLevel(logging.INFO)

_CREDIT = 10_000
_SEEN = 64
_PING = b"netloom\0"
_UNHEARD = 1024 * 1024  # bytes that wait to be sent: no DATA is added by then, only answers to what the peer sends


class Reset(ConnectionLost):
    """A stream was given up while the connection goes on; `error_code` is why (RFC 9113 §7)."""

    def __init__(self, message: str, error_code: int) -> None:
        super().__init__(message)
        self.error_code = error_code


class Receiver(Protocol):
    """Where the bytes of a stream go."""

    def feed(self, data: bytes) -> None: ...

    def end(self, trailers: Headers = ()) -> None: ...

    def fail(self, error: NetloomError) -> None: ...


class H2Stream:
    """One stream of a connection: what both sides need of it."""

    __slots__ = ("_window", "closed", "connection", "error", "id", "over", "receiver", "working")

    def __init__(self, connection: H2Protocol, number: int, receiver: Receiver) -> None:
        self.connection = connection
        self.id = number
        self.receiver = receiver
        self.error: NetloomError | None = None
        self.over = False  # the peer has ended its side
        self.closed: asyncio.Future[None] | None = None
        self.working: AbstractContextManager[None] | None = None  # while a server that stops is to wait for it
        self._window: asyncio.Future[None] | None = None

    def rest(self) -> None:
        """From now on a server that stops needn't wait for it."""
        working, self.working = self.working, None
        if working is not None:
            working.__exit__(None, None, None)

    def send_headers(self, headers: list[tuple[str, str]], *, end: bool, more: bool = False) -> None:
        """`more`: DATA follows at once, and takes the headers with it. Raises ConnectionLost, LocalProtocolError."""
        self.check()
        try:
            self.connection.engine.send_headers(self.id, headers, end_stream=end)
        except H2Error as exc:
            raise LocalProtocolError(f"HTTP/2: {exc}", rule="RFC 9113 §8") from exc
        if not more:
            self.connection.flush()

    def room(self) -> int:
        """How many bytes may be sent now."""
        if self.connection.is_full:
            return 0
        engine = self.connection.engine
        return min(engine.local_flow_control_window(self.id), engine.max_outbound_frame_size)

    def put(self, data: bytes, *, end: bool = False, more: bool = False) -> None:
        """Send what there is room for. `more`: something follows at once, and takes it along."""
        self.check()
        try:
            self.connection.engine.send_data(self.id, data, end_stream=end)
        except H2Error as exc:
            raise ConnectionLost(f"HTTP/2: {exc}") from exc
        self.connection.sent_data()
        if not more:
            self.connection.flush()  # at once, so that the transport can say when it is full

    async def send(self, data: bytes, *, end: bool = False) -> None:
        """Send all of it, as fast as the peer takes it. Raises ConnectionLost, DeadlineExceeded."""
        at, size = 0, len(data)
        while True:
            self.check()
            room = self.room()
            if room <= 0 and at < size:
                self.connection.flush()
                await self._wait_for_room()
                continue
            piece = data[at : at + room] if at or room < size else data
            at += len(piece)
            self.put(piece, end=end and at >= size)
            if at >= size:
                return

    async def _wait_for_room(self) -> None:
        loop = self.connection.loop
        self._window = loop.create_future()
        timer = None
        if self.connection.idle is not None:
            timer = loop.call_later(self.connection.idle, self._stuck)
        try:
            await self._window
        finally:
            self._window = None
            if timer is not None:
                timer.cancel()

    def _stuck(self) -> None:
        self.fail(DeadlineExceeded(f"the peer took nothing for {self.connection.idle:g} s"))
        self.reset(ErrorCodes.CANCEL)

    def widened(self) -> None:
        """There may be room now."""
        if self._window is not None and not self._window.done():
            self._window.set_result(None)
        resume = getattr(self.receiver, "resume_sending", None)
        if resume is not None:
            resume()

    def reset(self, code: ErrorCodes) -> None:
        """Give the stream up."""
        engine = self.connection.engine
        try:
            engine.reset_stream(self.id, code)
        except H2Error:
            return  # it has ended already
        self.connection.flush()

    def fail(self, error: NetloomError) -> None:
        """The stream is broken: whoever waits for it hears why."""
        if self.error is None:
            self.error = error
        self.receiver.fail(error)
        self.widened()
        if self.closed is not None and not self.closed.done():
            self.closed.set_result(None)

    def check(self) -> None:
        """Raises what broke the stream."""
        if self.error is not None:
            raise self.error

    def gone(self) -> asyncio.Future[None]:
        """What is done once the stream is broken, or its connection."""
        if self.closed is None:
            self.closed = self.connection.loop.create_future()
            if self.error is not None:
                self.closed.set_result(None)
        return self.closed

    async def wait_closed(self) -> None:
        """Wait until the stream is broken, or its connection."""
        if self.error is None:
            await asyncio.shield(self.gone())


class H2Protocol(asyncio.Protocol):
    """What both sides of HTTP/2 share. A subclass says what a request, a response and the end mean."""

    def __init__(self, stream: Stream, limits: Limits, idle: float | None, *, client: bool) -> None:
        self.stream = stream
        self.loop = stream.loop
        self.transport = stream.transport
        self.limits = limits
        self.idle = idle
        self.streams: dict[int, H2Stream] = {}
        self.over = False  # the connection is gone, or about to
        self.goaway: GoAway | None = None
        self.engine = Engine(H2Configuration(client_side=client, header_encoding="latin-1"))
        self.engine.local_settings = Settings(client=client, initial_values=self._settings(client=client))
        self._client = client
        self._frames = Frames(preface=not client)
        self._seen = b""
        self._gone = False
        self._full = False
        self._pulse: Pulse | None = None
        self._credit = 0
        self._reproach = ErrorCodes.PROTOCOL_ERROR
        self._idle_frames = Bucket(limits.idle_frames, limits.idle_frame_rate)
        self._resets = Bucket(limits.resets, limits.reset_rate)

    def _settings(self, *, client: bool) -> dict[SettingCodes, int]:
        limits = self.limits
        values: dict[SettingCodes, int] = {
            SettingCodes.MAX_CONCURRENT_STREAMS: limits.max_streams,
            SettingCodes.INITIAL_WINDOW_SIZE: limits.stream_window,
            SettingCodes.MAX_HEADER_LIST_SIZE: limits.max_head,
        }
        values[SettingCodes.ENABLE_PUSH if client else SettingCodes.ENABLE_CONNECT_PROTOCOL] = 0 if client else 1
        return values

    def begin(self) -> None:
        """Say the preface, and take the transport."""
        self.engine.initiate_connection()
        extra = self.limits.connection_window - 65535
        if extra > 0:
            self.engine.increment_flow_control_window(extra)
        self.transport.write(self.engine.data_to_send())
        self.stream.attach(self)

    # What a subclass does

    def requested(self, event: RequestReceived) -> None:
        """A client asks: only servers hear this."""

    def responded(self, event: ResponseReceived | InformationalResponseReceived) -> None:
        """A server answers: only clients hear this."""

    def settled(self) -> None:
        """The peer's settings came, or changed."""

    def was_reset(self, stream: H2Stream) -> None:
        """The peer gave a stream up."""

    def ended(self, error: NetloomError) -> None:
        """Nothing more comes of this connection."""

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport stood before we came."""

    def data_received(self, data: bytes) -> None:
        if self.over and self._gone:
            return
        if self._pulse is not None:
            self._pulse.heard()
        if self._frames.first:
            self._seen = (self._seen + data[:_SEEN])[:_SEEN]
        try:
            for event in self._events(data):
                self._handle(event)
            if self._frames.goaways:
                self._going(self._frames.goaways.pop())
                self._frames.goaways.clear()
            self.flush()
            if self._full and self.transport.get_write_buffer_size() > _UNHEARD:
                self._reproach = ErrorCodes.ENHANCE_YOUR_CALM
                raise RemoteProtocolError("the peer asks and doesn't listen to the answers", rule="RFC 9113 §10.5")
        except NetloomError as exc:
            self.terminate(exc)

    def eof_received(self) -> bool:
        self._end(ConnectionLost("the peer closed the connection"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        error = lost(exc) if exc is not None else ConnectionLost("the peer closed the connection")
        self.resume_writing()
        self.stream.connection_lost(exc)
        self._end(error)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        for stream in list(self.streams.values()):
            stream.widened()

    # Outwards

    @property
    def is_full(self) -> bool:
        """Whether the transport takes nothing for now."""
        return self._full

    def flush(self) -> None:
        """Send what the engine has to say."""
        data = self.engine.data_to_send()
        if data and not self._gone:
            self.transport.write(data)

    def sent_data(self) -> None:
        """A DATA frame went out: the peer may answer it with a WINDOW_UPDATE and a PING."""
        self._credit = min(self._credit + 2, _CREDIT)

    def take_back(self, stream: H2Stream, size: int) -> None:
        """So many bytes were read: the peer may send as many more."""
        if size and not self._gone:
            self.engine.acknowledge_received_data(size, stream.id)
            self.flush()

    def keep_alive(self, every: float, patience: float) -> None:
        """While streams are open: a PING after `every` seconds of silence, the end after `patience` seconds of it."""
        if self._pulse is None:
            self._pulse = Pulse(self.loop, (every, patience), self._ping, functools.partial(self._dead, patience))
        self._pulse.start()

    def say_goaway(self, code: ErrorCodes = ErrorCodes.NO_ERROR, *, last: int | None = None, text: bytes = b"") -> None:
        """Take no new stream; those that were begun, up to the `last`, go on (RFC 9113 §6.8)."""
        if not self._gone:
            self.flush()
            number = self.engine.highest_inbound_stream_id if last is None else last
            size = (8 + len(text)).to_bytes(3, "big")
            said = number.to_bytes(4, "big") + int(code).to_bytes(4, "big") + text
            self.transport.write(size + b"\x07\0\0\0\0\0" + said)

    def terminate(self, error: NetloomError) -> None:
        """The peer broke the protocol: say so once, and close."""
        if not self._gone:
            if self.engine.state_machine.state is ConnectionState.CLOSED:
                self.flush()  # the engine has said GOAWAY itself
            else:
                self.say_goaway(self._reproach)
            self.transport.close()
        self._end(error)

    # Inside

    def _ping(self) -> None:
        if self.streams and not self.over:
            self.engine.ping(_PING)
            self.flush()

    def _dead(self, patience: float) -> None:
        if self.streams and not self.over:
            self.transport.abort()
            self._end(DeadlineExceeded(f"silence for {patience:g} s, a PING was not answered"))

    def _events(self, data: bytes) -> list[Event]:
        frames = self._frames
        try:
            passed = frames.feed(data)
            events = self.engine.receive_data(passed) if passed else []
        except RemoteProtocolError as exc:
            exc.seen = self._seen
            if frames.oversize:
                self._reproach = ErrorCodes.FRAME_SIZE_ERROR
            raise
        except ProtocolError as exc:
            raise RemoteProtocolError(f"HTTP/2: {exc}", rule="RFC 9113", seen=self._seen) from exc
        except (
            H2Error,
            ValueError,
            KeyError,
            IndexError,
        ) as exc:  # what the engine doesn't foresee is the peer's doing
            raise RemoteProtocolError(f"HTTP/2: {type(exc).__name__} {exc}", rule="RFC 9113") from exc
        if frames.idle or frames.paced:
            self._count_frames(frames)
        return events

    def _count_frames(self, frames: Frames) -> None:
        paid = min(self._credit, frames.paced)
        self._credit -= paid
        count = frames.idle + frames.paced - paid
        frames.idle = frames.paced = 0
        now = self.loop.time()
        for _ in range(count):
            if not self._idle_frames.add(now):
                self._reproach = ErrorCodes.ENHANCE_YOUR_CALM
                raise RemoteProtocolError("a flood of frames that carry nothing", rule="RFC 9113 §10.5")

    def _handle(self, event: Event) -> None:
        if isinstance(event, DataReceived):
            self._data(event)
        elif isinstance(event, RequestReceived):
            self.requested(event)
        elif isinstance(event, ResponseReceived | InformationalResponseReceived):
            self.responded(event)
        elif isinstance(event, TrailersReceived):
            stream = self.streams.get(event.stream_id)
            if stream is not None:
                stream.over = True
                stream.receiver.end(tuple((str(name), str(value)) for name, value in event.headers))
        elif isinstance(event, StreamEnded):
            stream = self.streams.get(event.stream_id)
            if stream is not None and not stream.over:
                stream.over = True
                stream.receiver.end()
        elif isinstance(event, StreamReset):
            self._reset(event)
        elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
            self._widened(event)

    def _data(self, event: DataReceived) -> None:
        stream = self.streams.get(event.stream_id)
        if stream is None or stream.error is not None:
            self.engine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            return
        padding = event.flow_controlled_length - len(event.data)
        if padding:
            self.engine.acknowledge_received_data(padding, event.stream_id)
        if event.data:
            stream.receiver.feed(event.data)

    def _reset(self, event: StreamReset) -> None:
        stream = self.streams.get(event.stream_id)
        if stream is None:
            return
        if not self._client and event.remote_reset and not self._resets.add(self.loop.time()):
            self._reproach = ErrorCodes.ENHANCE_YOUR_CALM
            raise RemoteProtocolError("streams are opened and reset in a flood", rule="CVE-2023-44487")
        code = getattr(event.error_code, "name", event.error_code)
        who = "the peer" if event.remote_reset else "we"
        stream.fail(Reset(f"{who} reset the stream: {code}", int(event.error_code or 0)))
        self.was_reset(stream)

    def _widened(self, event: WindowUpdated | RemoteSettingsChanged) -> None:
        if isinstance(event, WindowUpdated) and event.stream_id:
            stream = self.streams.get(event.stream_id)
            if stream is not None:
                stream.widened()
            return
        for stream in list(self.streams.values()):
            stream.widened()
        if isinstance(event, RemoteSettingsChanged):
            self.settled()

    def _going(self, goaway: GoAway) -> None:
        """The peer takes no more streams (RFC 9113 §6.8)."""
        self.goaway = goaway
        try:
            why = ErrorCodes(goaway.code).name
        except ValueError:
            why = str(goaway.code)
        if goaway.text:
            why = f"{why} ({goaway.text})"
        error = ConnectionLost(f"the peer ends the connection: {why}")
        if self._client:
            for stream in list(self.streams.values()):
                if stream.id > goaway.last:
                    stream.fail(not_taken(why))
        if not self.streams:
            self._end(error)
            self.transport.close()

    def _end(self, error: NetloomError) -> None:
        first = not self.over
        self.over = True
        if self._pulse is not None:
            self._pulse.stop()
        for stream in list(self.streams.values()):
            stream.fail(error)
        if first:
            self.ended(error)
