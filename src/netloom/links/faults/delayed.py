"""Handing on later: pieces wait for their moment, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from netloom.links.faults.act import Act

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Delayed(Act):
    """A subclass says when, with `later`. Moments are the loop's time in seconds."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self.loop = asyncio.get_running_loop()
        self._late: deque[tuple[float, bytes | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def later(self, when: float, data: bytes | None) -> None:
        """Hand a piece on (None: the end) at that moment, or once those before it have gone."""
        if not self._late and when <= self.loop.time():
            self._hand_on(data)
            return
        self.way.hold(data or b"")
        self._late.append((when, data))
        if len(self._late) == 1:
            self._timer = self.loop.call_at(when, self._due)

    def end(self) -> None:
        self.later(self.loop.time(), None)

    def lift(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        while self._late:
            self._next()

    def _due(self) -> None:
        now = self.loop.time()
        while self._late and self._late[0][0] <= now:
            self._next()
        if self._late:
            self._timer = self.loop.call_at(self._late[0][0], self._due)

    def _next(self) -> None:
        data = self._late.popleft()[1]
        self.way.release(data or b"")
        self._hand_on(data)

    def _hand_on(self, data: bytes | None) -> None:
        if data is None:
            self.on.end()
        else:
            self.on.data(data)
