"""A fault at work: takes the pieces of one way of one connection, and hands them on changed, later or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Outlet(Protocol):
    """What pieces are handed on to: the next act, or the link."""

    def data(self, data: bytes) -> None:
        """Some octets of a stream, or one datagram."""

    def end(self) -> None:
        """The stream ends here."""


class Act:
    """Hands everything on as it comes; a subclass changes what it cares about. `on` is what stands behind it."""

    on: Outlet

    def __init__(self, way: Way) -> None:
        self.way = way

    def begin(self) -> None:
        """The connection stands, or the fault comes upon one that does."""

    def data(self, data: bytes) -> None:
        self.on.data(data)

    def end(self) -> None:
        self.on.end()

    def lift(self) -> None:
        """The fault has ended and the connection hasn't: what was held back goes on."""

    def lost(self) -> None:
        """The connection has gone. What was only late arrives at once, as after a real close."""
        self.lift()
