"""A stream of HTTP/2 as a transport, for what upgrades into it (RFC 8441): our own stream stands on top of it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from h2.errors import ErrorCodes

from netloom.links.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.errors import NetloomError
    from netloom.links.http.h2_connection import H2Stream
    from netloom.links.http.messages import Headers

_HIGH = 64 * 1024


class H2Transport(asyncio.Transport):
    """Bytes under flow control: what the peer has no window for waits here, up to a mark at which the writer pauses."""

    def __init__(self, channel: H2Stream) -> None:
        super().__init__()
        self._channel = channel
        self._above: asyncio.Protocol | None = None
        self._out: deque[bytes] = deque()
        self._waiting = 0
        self._in: deque[bytes] = deque()
        self._reading = True
        self._ends = self._said_end = self._heard_end = self._told_end = self._closing = self._lost = False
        self._paused = False

    def carry(self, idle: float | None) -> Stream:
        """The stream on top."""
        connection = self._channel.connection
        stream = Stream(connection.loop, connection.stream.trace, idle=idle)
        stream.peer, stream.local = connection.stream.peer, connection.stream.local
        self._above = stream
        stream.connection_made(self)
        self._deliver()
        return stream

    # What the connection calls

    def feed(self, data: bytes) -> None:
        self._in.append(data)
        self._deliver()

    def end(self, trailers: Headers = ()) -> None:
        self._heard_end = True
        self._deliver()

    def fail(self, error: NetloomError) -> None:
        if not self._told_end or not self._said_end:
            self._lose(error)

    def resume_sending(self) -> None:
        """The peer may have opened its window."""
        self._pump()

    # What the stream above calls

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._ends or not data:
            return
        self._out.append(bytes(data))
        self._waiting += len(data)
        self._pump()
        if self._waiting > _HIGH and not self._paused and self._above is not None:
            self._paused = True
            self._above.pause_writing()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self._ends = True
        self._pump()

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closing:
            self._ends = self._closing = True
            self._pump()

    def abort(self) -> None:
        if not self._lost:
            self._channel.reset(ErrorCodes.CANCEL)
            self._lose(None)

    def is_closing(self) -> bool:
        return self._closing or self._lost

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._channel.connection.loop.call_soon(self._deliver)

    def is_reading(self) -> bool:
        return self._reading

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._above = protocol  # type: ignore[assignment]  # stream protocols only

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._above is not None  # noqa: S101  # nobody has the transport before
        return self._above

    def get_write_buffer_size(self) -> int:
        return self._waiting

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The mark is fixed."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._channel.connection.transport.get_extra_info(name, default)

    # Inside

    def _pump(self) -> None:
        channel = self._channel
        if self._lost or channel.error is not None:
            return
        while self._out and (room := channel.room()) > 0:
            data = self._out[0]
            if len(data) > room:
                self._out[0] = data[room:]
                data = data[:room]
            else:
                self._out.popleft()
            self._waiting -= len(data)
            channel.put(data)
        if self._ends and not self._out and not self._said_end:
            self._said_end = True
            channel.put(b"", end=True)
        if self._paused and self._waiting <= _HIGH // 2 and self._above is not None:
            self._paused = False
            self._above.resume_writing()
        if self._closing and self._said_end:
            self._part()

    def _part(self) -> None:
        """Both have said what they had to, or we don't listen any longer."""
        if not self._told_end:
            self._channel.reset(ErrorCodes.NO_ERROR)
        self._channel.connection.loop.call_soon(self._lose, None)

    def _deliver(self) -> None:
        above = self._above
        if above is None or self._lost:
            return
        while self._in and self._reading:
            data = self._in.popleft()
            above.data_received(data)
            self._channel.connection.take_back(self._channel, len(data))
        if self._heard_end and not self._in and not self._told_end:
            self._told_end = True
            if not above.eof_received():
                self.close()

    def _lose(self, error: NetloomError | None) -> None:
        if self._lost or self._above is None:
            return
        self._lost = self._closing = True
        held = sum(map(len, self._in))
        self._in.clear()
        self._out.clear()
        self._channel.connection.take_back(self._channel, held)
        self._above.connection_lost(error)
