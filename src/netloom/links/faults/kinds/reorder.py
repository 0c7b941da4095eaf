"""Reorder: datagrams that arrive after later ones. A stream's TCP puts them in order again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import DATAGRAMS, Kind, Seconds, Share, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Reorder(Traffic, frozen=True, kw_only=True):
    """A datagram that is held back lets the next one pass. Where none follows it arrives after `wait`."""

    VALUE: ClassVar[str] = "share"
    KINDS: ClassVar[frozenset[Kind]] = DATAGRAMS

    share: Annotated[Share, Meta(description="share of datagrams")] = 0.5
    wait: Annotated[Seconds, Meta(description="seconds that one waits for another to pass it")] = 0.1

    def work(self, way: Way) -> Act:
        return _Overtaken(way, self)


class _Overtaken(Act):
    def __init__(self, way: Way, fault: Reorder) -> None:
        super().__init__(way)
        self._fault = fault
        self._random = way.random(fault)
        self._back: bytes | None = None
        self._timer: asyncio.TimerHandle | None = None

    def data(self, data: bytes) -> None:
        if self._back is not None:
            self.on.data(data)
            self.lift()
        elif self._random.random() < self._fault.share:
            self._back = data
            self.way.hold(data)
            self._timer = asyncio.get_running_loop().call_later(self._fault.wait, self.lift)
        else:
            self.on.data(data)

    def lift(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        back, self._back = self._back, None
        if back is not None:
            self.way.release(back)
            self.on.data(back)


FAULT = Reorder
