"""Stall: nothing more arrives, and nobody says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.fault import Seconds, Size, Traffic
from netloom.links.faults.held import Held

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way


class Stall(Traffic, frozen=True, kw_only=True):
    """A stream that stalls goes on when the fault is lifted; datagrams are lost."""

    VALUE: ClassVar[str] = "after"

    after: Annotated[Size, Meta(description="octets that arrive before")] = 0
    close: Annotated[Seconds | None, Meta(description="seconds of silence until a stream is closed")] = None

    def work(self, way: Way) -> Act:
        return _Silent(way, self)


class _Silent(Held):
    """A datagram passes whole or not at all."""

    def __init__(self, way: Way, fault: Stall) -> None:
        super().__init__(way)
        self._left = fault.after
        self._close = fault.close

    def begin(self) -> None:
        self._look()

    def data(self, data: bytes) -> None:
        if self.way.kind == "datagrams":
            if self._left > 0:
                self._left -= len(data)
                self.on.data(data)
            return
        fitting, rest = data[: self._left], data[self._left :]
        self._left -= len(fitting)
        if fitting:
            self.on.data(fitting)
        if rest:
            self.keep(rest)
        self._look()

    def end(self) -> None:
        if self._left:
            self.on.end()
        else:
            self.keep_end()

    def _look(self) -> None:
        if self.way.kind != "stream" or self.way.line.over or self._left or self.counts_down:
            return
        if self._close is not None:
            self.count_down(self._close, self.way.line.hang_up)


FAULT = Stall
