"""Holding back: pieces wait until the fault is lifted, and are lost with the connection, which it may end itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.links.faults.act import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.faults.way import Way


class Held(Act):
    """A subclass says what is held back, and from when on."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self._back: list[bytes] = []
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def counts_down(self) -> bool:
        """Whether the time of `count_down` has begun."""
        return self._timer is not None

    def count_down(self, seconds: float, action: Callable[[], None]) -> None:
        """Do it then, unless the fault is lifted or the connection has gone by that time."""
        self._timer = asyncio.get_running_loop().call_later(seconds, action)

    def keep(self, data: bytes) -> None:
        """Hold a piece back."""
        self._back.append(data)
        self.way.hold(data)

    def keep_end(self) -> None:
        """Hold the end back."""
        self._ended = True

    def lift(self) -> None:
        self._stop()
        for piece in self._back:
            self.way.release(piece)
            self.on.data(piece)
        self._back.clear()
        if self._ended:
            self.on.end()

    def lost(self) -> None:
        """Nobody hears it any more."""
        self._stop()
        self._back.clear()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
