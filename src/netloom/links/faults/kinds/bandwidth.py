"""Bandwidth: so many octets a second, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.fault import Traffic
from netloom.links.faults.paced import Paced

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way

PORTION = 0.02
"""Seconds that a portion of a stream takes: a long piece comes bit by bit."""


class Bandwidth(Traffic, frozen=True, kw_only=True):
    """What is said faster waits: a stream's source is told to, of datagrams those are lost that find no room."""

    VALUE: ClassVar[str] = "rate"

    rate: Annotated[int, Meta(ge=1, description="octets a second")]

    def work(self, way: Way) -> Act:
        return _Narrow(way, self.rate)


class _Narrow(Paced):
    """Like a line on which one octet follows the other."""

    def __init__(self, way: Way, rate: int) -> None:
        super().__init__(way)
        self._rate = rate
        self._most = max(1, int(rate * PORTION)) if way.kind == "stream" else None
        self._free = 0.0

    def portion(self, left: int) -> int:
        return min(left, self._most or left)

    def moment(self, size: int) -> float:
        self._free = max(self._free, self.turn) + size / self._rate
        return self._free


FAULT = Bandwidth
