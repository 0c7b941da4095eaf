"""Limit: the connection is closed, in order, after so many octets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import STREAM, Kind, Size, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Limit(Traffic, frozen=True, kw_only=True):
    """What follows in the same piece is lost. As with any close, words that nobody read make it a reset."""

    VALUE: ClassVar[str] = "after"
    KINDS: ClassVar[frozenset[Kind]] = STREAM

    after: Annotated[Size, Meta(description="octets that arrive")]

    def work(self, way: Way) -> Act:
        return _Bounded(way, self.after)


class _Bounded(Act):
    def __init__(self, way: Way, after: int) -> None:
        super().__init__(way)
        self._left = after

    def data(self, data: bytes) -> None:
        fitting, self._left = data[: self._left], max(0, self._left - len(data))
        if fitting:
            self.on.data(fitting)
        if not self._left:
            self.way.line.hang_up()


FAULT = Limit
