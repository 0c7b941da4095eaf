"""Slice: a stream's pieces arrive in smaller ones, as a careless reader never expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.fault import STREAM, Kind, Seconds, Traffic
from netloom.links.faults.paced import Paced

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way


class Slice(Traffic, frozen=True, kw_only=True):
    """Slices have from `size - vary` to `size + vary` octets."""

    VALUE: ClassVar[str] = "size"
    KINDS: ClassVar[frozenset[Kind]] = STREAM

    size: Annotated[int, Meta(ge=1, le=2**40, description="octets of a slice")] = 1
    vary: Annotated[int, Meta(ge=0, le=2**40, description="by how many octets it varies, up and down")] = 0
    delay: Annotated[Seconds, Meta(description="seconds between two slices")] = 0.001

    def work(self, way: Way) -> Act:
        return _Sliced(way, self)


class _Sliced(Paced):
    def __init__(self, way: Way, fault: Slice) -> None:
        super().__init__(way)
        self._fault = fault
        self._random = way.random(fault)
        self._free = 0.0

    def portion(self, left: int) -> int:
        fault = self._fault
        return max(1, min(left, fault.size + self._random.randint(-fault.vary, fault.vary)))

    def moment(self, size: int) -> float:
        moment = max(self._free, self.turn)
        self._free = moment + self._fault.delay
        return moment


FAULT = Slice
