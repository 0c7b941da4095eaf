"""Handing on bit by bit: pieces are cut into portions, and each portion has its moment."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from netloom.links.faults.act import Act

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Paced(Act):
    """A subclass says how large portions are and when they go. A piece is cut as its portions go, not before.

    `turn` is when it was the next portion's turn (the loop's time): it came then, or the one before it was to go then.
    """

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self.loop = asyncio.get_running_loop()
        self._waiting: deque[bytes | None] = deque()
        self._at = 0
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self.turn = 0.0

    def portion(self, left: int) -> int:
        """Octets of the next portion, where a piece has so many left."""
        raise NotImplementedError

    def moment(self, size: int) -> float:
        """When a portion of that size goes: the loop's time. Asked once for each, in their order."""
        raise NotImplementedError

    def data(self, data: bytes) -> None:
        self._add(data)

    def end(self) -> None:
        self._add(None)

    def lift(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            data, at = self._waiting[0], self._at
            self._drop()
            if data is None:
                self.on.end()
            else:
                self.on.data(data[at:])

    def _add(self, data: bytes | None) -> None:
        self.way.hold(data or b"")
        self._waiting.append(data)
        if len(self._waiting) == 1:
            self.turn = self.loop.time()
            self._begin()

    def _begin(self) -> None:
        """Hand on what may go, and wait for the moment of what comes next."""
        while self._waiting:
            data = self._waiting[0]
            if data is None:
                self._drop()
                self.on.end()
                continue
            self._size = self.portion(len(data) - self._at)
            moment = self.moment(self._size)
            if moment > self.loop.time():
                self._timer = self.loop.call_at(moment, self._due, moment)
                return
            self._go(data, moment)

    def _due(self, moment: float) -> None:
        if moment > self.loop.time():  # a clock that is coarser than its timers
            self._timer = self.loop.call_at(moment, self._due, moment)
            return
        self._timer = None
        data = self._waiting[0]
        if data is not None:
            self._go(data, moment)
        self._begin()

    def _go(self, data: bytes, moment: float) -> None:
        self.turn = moment  # not when a timer had time for it: that would add up
        at, self._at = self._at, self._at + self._size
        if self._at >= len(data):
            self._drop()
        self.on.data(data[at : at + self._size])

    def _drop(self) -> None:
        """The first piece has gone, whole."""
        self._at = 0
        self.way.release(self._waiting.popleft() or b"")
