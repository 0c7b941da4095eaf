"""Slow close: the end of a stream is told late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.delayed import Delayed
from netloom.links.faults.fault import STREAM, Kind, Seconds, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way


class SlowClose(Traffic, frozen=True, kw_only=True):
    """What was said before arrives at once."""

    VALUE: ClassVar[str] = "delay"
    KINDS: ClassVar[frozenset[Kind]] = STREAM

    delay: Annotated[Seconds, Meta(description="how much later the end is told")]

    def work(self, way: Way) -> Act:
        return _LateEnd(way, self.delay)


class _LateEnd(Delayed):
    def __init__(self, way: Way, delay: float) -> None:
        super().__init__(way)
        self._delay = delay

    def end(self) -> None:
        self.later(self.loop.time() + self._delay, None)


FAULT = SlowClose
