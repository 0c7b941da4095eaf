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

    `resets`: that one is lost isn't told to the other as the end of what is said; whoever made it resets the other.
    `left` and `right` tell afterwards how much each has said, and what broke it. The streams are whole again then.
    """

    def __init__(self, left: Stream, right: Stream, enough: int | None = None, *, resets: bool = False) -> None:
        self.enough = enough
        self.resets = resets
        self.left = Side(left, self)
        self.right = Side(right, self)
        self.left.other, self.right.other = self.right, self.left
        self._sides = self.left, self.right
        self._passed = False
        self._done: asyncio.Future[None] | None = None

    async def carry(self) -> bool:
        """True where it is over; False where enough has passed, and both are at rest: nothing is read any more, and
        nothing waits to be sent."""
        try:
            for side in self._sides:
                side.listen()
            for side in self._sides:
                side.take()
            self._done = asyncio.get_running_loop().create_future()
            self.look()
            await self._done
        finally:
            for side in self._sides:
                side.give_back()
        return self.over

    @property
    def over(self) -> bool:
        """Whether nothing more can come."""
        left, right = self._sides
        return left.gone or right.gone or (left.ended and right.ended)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is carried any more."""
        return self._done is not None and self._done.done()

    def look(self) -> None:
        """Something has ended, or has passed, or has been sent: that may be all."""
        if self._done is None or self._done.done():  # before both are taken, or after the end
            return
        if self.over:
            self._done.set_result(None)
        elif self._enough_passed() and not any(side.transport.get_write_buffer_size() for side in self._sides):
            for side in self._sides:
                side.transport.pause_reading()
            self._done.set_result(None)

    def _enough_passed(self) -> bool:
        """Whether it has. From then on whoever speaks waits until what it said has left, so that there comes a moment
        at which nothing waits, while the other goes on to be heard: two that stop for each other would stop for ever.
        """
        if not self._passed and self.enough is not None:
            self._passed = any(side.size >= self.enough for side in self._sides)
            if self._passed:
                for side in self._sides:
                    side.transport.set_write_buffer_limits(0)
        return self._passed


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
        self.transport = stream.transport

    def listen(self) -> None:
        """Hear whether there is room for what the other has said before it is told."""
        self.transport.set_protocol(self)

    def take(self) -> None:
        """From now on, what the stream would hear passes here."""
        self._stream.attach(self)

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
        bridge, other = self._bridge, self.other
        if bridge.at_rest:  # an event loop may have read it before it was told to stop
            self._stream.data_received(data)
            return
        self.size += len(data)
        if not other.gone:
            other.transport.write(data)
        if bridge.enough is not None and self.size >= bridge.enough:
            bridge.look()

    def eof_received(self) -> bool:
        self._end()
        self._bridge.look()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self._exc = exc
        self.error = lost(exc) if exc is not None else None
        if exc is None or not self._bridge.resets:
            self._end()
        self._bridge.look()

    def pause_writing(self) -> None:
        if not self.other.gone:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self._bridge.look()
        if not self.other.gone and not self._bridge.at_rest:
            self.other.transport.resume_reading()

    def _end(self) -> None:
        """It says no more: the other is told, once."""
        if not self.ended:
            self.ended = True
            if not self.other.gone and self.other.transport.can_write_eof():
                self.other.transport.write_eof()
