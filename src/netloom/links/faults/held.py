"""Holding back: pieces wait until the fault is lifted, and are lost with the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.faults.act import Act

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Held(Act):
    """A subclass says what is held back, and from when on."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self._back: list[bytes] = []
        self._ended = False

    def keep(self, data: bytes) -> None:
        """Hold a piece back."""
        self._back.append(data)
        self.way.hold(data)

    def keep_end(self) -> None:
        """Hold the end back."""
        self._ended = True

    def lift(self) -> None:
        for piece in self._back:
            self.way.release(piece)
            self.on.data(piece)
        self._back.clear()
        if self._ended:
            self.on.end()

    def lost(self) -> None:
        """Nobody hears it any more."""
        self._back.clear()
