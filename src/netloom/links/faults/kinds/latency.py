"""Latency: everything arrives later, in the order in which it was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.delayed import Delayed
from netloom.links.faults.fault import Seconds, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way


class Latency(Traffic, frozen=True, kw_only=True):
    """A piece that `jitter` makes faster waits for those before it: `reorder` is another fault."""

    VALUE: ClassVar[str] = "delay"

    delay: Annotated[Seconds, Meta(description="how much later everything arrives")]
    jitter: Annotated[Seconds, Meta(description="by how much the delay varies, up and down")] = 0.0

    def work(self, way: Way) -> Act:
        return _Later(way, self)


class _Later(Delayed):
    def __init__(self, way: Way, fault: Latency) -> None:
        super().__init__(way)
        self._fault = fault
        self._random = way.random(fault)

    def data(self, data: bytes) -> None:
        self.later(self._moment(), data)

    def end(self) -> None:
        self.later(self._moment(), None)

    def _moment(self) -> float:
        fault = self._fault
        vary = self._random.uniform(-fault.jitter, fault.jitter) if fault.jitter else 0.0
        return self.loop.time() + fault.delay + vary


FAULT = Latency
