"""Loss: datagrams that never arrive. Of a stream, what is lost arrives later, as TCP sends it again (RFC 6298)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.delayed import Delayed
from netloom.links.faults.fault import Seconds, Share, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Loss(Traffic, frozen=True, kw_only=True):
    """Each datagram, or piece of a stream, has the same chance. What follows a lost piece waits for it."""

    VALUE: ClassVar[str] = "share"

    share: Annotated[Share, Meta(description="share of datagrams, or pieces of a stream")]
    again: Annotated[Seconds, Meta(description="seconds until a stream's lost piece is there all the same")] = 0.2

    def work(self, way: Way) -> Act:
        return _SentAgain(way, self) if way.kind == "stream" else _Lost(way, self)


class _Lost(Act):
    def __init__(self, way: Way, fault: Loss) -> None:
        super().__init__(way)
        self._share = fault.share
        self._random = way.random(fault)

    def data(self, data: bytes) -> None:
        if self._random.random() >= self._share:
            self.on.data(data)


class _SentAgain(Delayed):
    def __init__(self, way: Way, fault: Loss) -> None:
        super().__init__(way)
        self._fault = fault
        self._random = way.random(fault)

    def data(self, data: bytes) -> None:
        lost = self._random.random() < self._fault.share
        self.later(self.loop.time() + (self._fault.again if lost else 0.0), data)


FAULT = Loss
