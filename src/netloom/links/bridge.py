"""Two streams joined at their transports: what one says goes to the other at once, with nobody between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.links.translate import lost

if TYPE_CHECKING:
    from netloom.errors import NetloomError
    from netloom.links.stream import Stream


class Bridge:
    """Carries until both have ended or one is lost, or until `enough` octets have passed one way.

    `left` and `right` tell afterwards how much each has said, and what broke it. The streams are whole again then.
    """

    def __init__(self, left: Stream, right: Stream, enough: int | None = None) -> None:
        self.enough = enough
        self.left = Side(left, self)
        self.right = Side(right, self)
        self.left.other, self.right.other = self.right, self.left
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def carry(self) -> bool:
        """True where it is over; False where enough has passed, and both are at rest: nothing waits to be sent."""
        sides = self.left, self.right
        for side in sides:
            side.take()
        try:
            await self._done
            if not self.over:
                await asyncio.gather(*(side.rest() for side in sides))
        finally:
            for side in sides:
                side.give_back()
        return self.over

    @property
    def over(self) -> bool:
        """Whether nothing more can come."""
        sides = self.left, self.right
        return any(side.gone for side in sides) or all(side.ended for side in sides)

    def look(self) -> None:
        """Something has ended, or enough has passed."""
        if not self._done.done():
            self._done.set_result(None)


class Side(asyncio.Protocol):
    """One of both. `size` is how much it has said."""

    other: Side

    def __init__(self, stream: Stream, bridge: Bridge) -> None:
        self.size = 0
        self.ended = self.gone = False
        self.error: NetloomError | None = None
        self._stream = stream
        self._bridge = bridge
        self._exc: Exception | None = None
        self._full = False
        self._room: asyncio.Future[None] | None = None
        self.transport = stream.transport

    def take(self) -> None:
        """From now on, what the stream would hear passes here."""
        self._stream.attach(self)

    async def rest(self) -> None:
        """Hear nothing more, and wait until all that it was told has left."""
        self.transport.pause_reading()
        self.transport.set_write_buffer_limits(0)
        if self.transport.get_write_buffer_size() and not self.gone:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def give_back(self) -> None:
        """The stream hears for itself again, and of what has happened meanwhile."""
        stream = self._stream
        self.transport.set_protocol(stream)
        if not self.gone:
            self.transport.set_write_buffer_limits()
        if self.ended:
            stream.eof_received()
        if self.gone:
            stream.connection_lost(self._exc)

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        bridge, other = self._bridge, self.other
        if not other.gone:
            other.transport.write(data)
        if bridge.enough is not None and self.size >= bridge.enough and not self.ended and not other.ended:
            bridge.look()

    def eof_received(self) -> bool:
        self.ended = True
        if not self.other.gone and self.other.transport.can_write_eof():
            self.other.transport.write_eof()
        if self._bridge.over:
            self._bridge.look()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self._exc = exc
        self.error = lost(exc) if exc is not None else None
        if not self.ended and not self.other.gone and self.other.transport.can_write_eof():
            self.other.transport.write_eof()
        self._go_on()
        self._bridge.look()

    def pause_writing(self) -> None:
        self._full = True
        if not self.other.gone:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._full:
            self._full = False
            if not self.other.gone and self._room is None:
                self.other.transport.resume_reading()
        self._go_on()

    def _go_on(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
