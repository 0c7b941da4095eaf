"""Faults upon a stream: a layer that takes what is said on it, both ways, through a line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost
from netloom.links.layer import Layer
from netloom.links.sockets import reset_when_closed

if TYPE_CHECKING:
    from netloom.links.faults.act import Outlet
    from netloom.links.faults.fault import Side
    from netloom.links.faults.plan import Faults


class FaultLayer(Layer):
    """`side` is ours: what comes from below is said to it. `number`: this is a further connection of that one's.

    It is `deaf` once our side has closed, and `gone` once nothing reaches the peer any more.
    """

    def __init__(self, upper: asyncio.Protocol, faults: Faults, side: Side, number: int | None = None) -> None:
        super().__init__(upper)
        self._side = side
        self.deaf = False
        self.gone = False
        self._unread: set[str] = set()
        self._unwritten: set[str] = set()
        self.line = faults.line("stream", self, number)
        self._coming = self.line.way(side)
        self._going = self.line.way("server" if side == "client" else "client")

    # Towards the protocol above

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.line.begin()

    def data_received(self, data: bytes) -> None:
        self._coming.data(data)

    def eof_received(self) -> bool | None:
        self._coming.end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self.line.end()
        self.upper.connection_lost(exc)

    def pause_writing(self) -> None:
        self._stop_writer("below")

    def resume_writing(self) -> None:
        self._let_write("below")

    # Towards the transport below

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.deaf:
            self._going.data(bytes(data))

    def write_eof(self) -> None:
        self._going.end()

    def close(self) -> None:
        if not self.deaf:
            self.deaf = True
            self._going.end()

    def abort(self) -> None:
        self.deaf = self.gone = True
        self.line.end()
        self.lower.abort()

    def is_closing(self) -> bool:
        return self.deaf or self.lower.is_closing()

    def pause_reading(self) -> None:
        self._stop_reading("above")

    def resume_reading(self) -> None:
        self._read_on("above")

    def is_reading(self) -> bool:
        return "above" not in self._unread and not self.is_closing()

    def get_write_buffer_size(self) -> int:
        return self._going.held + self.lower.get_write_buffer_size()

    # What the line asks for

    def outlet(self, towards: Side) -> Outlet:
        """Up, where it is said to our side; down to the peer."""
        return _Up(self) if towards == self._side else _Down(self)

    def wait(self, towards: Side, *, full: bool) -> None:
        """Whoever speaks on a way that holds back too much is to wait."""
        if towards == self._side:
            (self._stop_reading if full else self._read_on)("held")
        else:
            (self._stop_writer if full else self._let_write)("held")

    def reset(self, why: str) -> None:
        """Break it off: the peer is sent a reset, and ours hears of it at once."""
        self.gone = True
        self.line.end()
        self.deaf = True
        upper, self.upper = self.upper, asyncio.Protocol()
        reset_when_closed(self.lower.get_extra_info("socket"))
        self.lower.abort()
        upper.connection_lost(ConnectionLost(why))

    def hang_up(self) -> None:
        """End it in order: what is late arrives at once, what is held back never."""
        self.line.end()
        self.deaf = True
        self.lower.close()

    # Inside

    def finish(self) -> None:
        """What was said last has passed: the peer hears the end."""
        if self.deaf:
            self.lower.close()
        else:
            self.lower.write_eof()

    def _stop_reading(self, why: str) -> None:
        self._unread.add(why)
        if len(self._unread) == 1 and not self.lower.is_closing():
            self.lower.pause_reading()

    def _read_on(self, why: str) -> None:
        if self._unread:
            self._unread.discard(why)
            if not self._unread and not self.lower.is_closing():
                self.lower.resume_reading()

    def _stop_writer(self, why: str) -> None:
        self._unwritten.add(why)
        if len(self._unwritten) == 1:
            self.upper.pause_writing()

    def _let_write(self, why: str) -> None:
        if self._unwritten:
            self._unwritten.discard(why)
            if not self._unwritten:
                self.upper.resume_writing()


class _Up:
    """Where what is said to our side goes on."""

    def __init__(self, layer: FaultLayer) -> None:
        self._layer = layer
        self._ended = False

    def data(self, data: bytes) -> None:
        if not self._ended and not self._layer.deaf:
            self._layer.upper.data_received(data)

    def end(self) -> None:
        if not self._ended and not self._layer.deaf:
            self._ended = True
            if not self._layer.upper.eof_received():
                self._layer.close()


class _Down:
    """Where what is said to the peer goes on."""

    def __init__(self, layer: FaultLayer) -> None:
        self._layer = layer
        self._ended = False

    def data(self, data: bytes) -> None:
        if not self._ended and not self._layer.gone:
            self._layer.lower.write(data)

    def end(self) -> None:
        if not self._layer.gone:
            self._ended = True
            self._layer.finish()
