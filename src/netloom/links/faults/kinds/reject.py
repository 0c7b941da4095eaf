"""Reject: connections are reset as soon as they stand, or a while later; datagrams find the port closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.fault import Count, Fault, Seconds
from netloom.links.faults.held import Held

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way


class Reject(Fault, frozen=True, kw_only=True):
    """The first so many, or all. A kernel completes the handshake before anybody is asked, so that it isn't refused.

    A closed port is told to a client by its own kernel: at a server's endpoint, datagrams are only lost.
    """

    VALUE: ClassVar[str] = "first"

    first: Annotated[Count | None, Meta(description="connections that it is for: the first so many")] = None
    delay: Annotated[Seconds, Meta(description="seconds until a stream is reset, in which nothing passes")] = 0.0

    def meets(self, number: int) -> bool:
        return super().meets(number) and (self.first is None or number <= self.first)

    def act(self, way: Way) -> Act | None:
        return _Turned(way, self.delay)


class _Turned(Held):
    """Whichever way speaks first finds that nobody is there."""

    def __init__(self, way: Way, delay: float) -> None:
        super().__init__(way)
        self._delay = delay

    def begin(self) -> None:
        if self.way.kind == "datagrams":
            return
        if self._delay:
            self.count_down(self._delay, self._reset)
        else:
            self._reset()

    def data(self, data: bytes) -> None:
        if not self.counts_down:
            self._reset()
        else:
            self.keep(data)

    def end(self) -> None:
        if not self.counts_down:
            self.on.end()
        else:
            self.keep_end()

    def _reset(self) -> None:
        self.way.line.reset("reject")


FAULT = Reject
