"""Half-close: one side's stream ends early, the other's goes on (RFC 9293 §3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import STREAM, Kind, Size, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class HalfClose(Traffic, frozen=True, kw_only=True):
    """What is said after that way's end is lost. With 0 it ends before its first word."""

    VALUE: ClassVar[str] = "after"
    KINDS: ClassVar[frozenset[Kind]] = STREAM

    after: Annotated[Size, Meta(description="octets that arrive before")] = 0

    def work(self, way: Way) -> Act:
        return _Ended(way, self.after)


class _Ended(Act):
    def __init__(self, way: Way, after: int) -> None:
        super().__init__(way)
        self._left = after
        self._done = False

    def begin(self) -> None:
        self._look()

    def data(self, data: bytes) -> None:
        fitting, self._left = data[: self._left], max(0, self._left - len(data))
        if fitting:
            self.on.data(fitting)
        self._look()

    def _look(self) -> None:
        if not self._left and not self._done:
            self._done = True
            self.on.end()


FAULT = HalfClose
