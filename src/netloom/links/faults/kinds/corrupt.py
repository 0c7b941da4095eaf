"""Corrupt: octets that arrive with one bit turned over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import Share, Size, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Corrupt(Traffic, frozen=True, kw_only=True):
    """Which octets it hits depends on the seed alone, not on the pieces in which they come."""

    VALUE: ClassVar[str] = "share"

    share: Annotated[Share, Meta(description="share of octets")] = 0.001
    after: Annotated[Size, Meta(description="octets that pass unharmed before")] = 0

    def work(self, way: Way) -> Act:
        return _Turned(way, self)


class _Turned(Act):
    """The distance to the next octet that is hit follows the geometric distribution."""

    def __init__(self, way: Way, fault: Corrupt) -> None:
        super().__init__(way)
        self._share = fault.share
        self._random = way.random(fault)
        self._left: float = fault.after + self._distance()

    def data(self, data: bytes) -> None:
        if self._left >= len(data):
            self._left -= len(data)
            self.on.data(data)
            return
        changed = bytearray(data)
        at = self._left
        while at < len(changed):
            changed[int(at)] ^= 1 << self._random.randrange(8)
            at += 1 + self._distance()
        self._left = at - len(changed)
        self.on.data(bytes(changed))

    def _distance(self) -> float:
        if self._share <= 0:
            return math.inf
        if self._share >= 1:
            return 0
        return math.floor(math.log(1 - self._random.random()) / math.log(1 - self._share))


FAULT = Corrupt
