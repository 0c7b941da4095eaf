"""Reject: connections are reset as soon as they stand; datagrams find the port closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import Count, Fault

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Reject(Fault, frozen=True, kw_only=True):
    """The first so many, or all. A kernel completes the handshake before anybody is asked, so that it isn't refused.

    A closed port is told to a client by its own kernel: at a server's endpoint, datagrams are only lost.
    """

    VALUE: ClassVar[str] = "first"

    first: Annotated[Count | None, Meta(description="connections that it is for: the first so many")] = None

    def meets(self, number: int) -> bool:
        return super().meets(number) and (self.first is None or number <= self.first)

    def act(self, way: Way) -> Act | None:
        return _Turned(way)


class _Turned(Act):
    """Whichever way speaks first finds that nobody is there."""

    def begin(self) -> None:
        if self.way.kind == "stream":
            self.way.line.reset("reject")

    def data(self, data: bytes) -> None:
        self.way.line.reset("reject")


FAULT = Reject
