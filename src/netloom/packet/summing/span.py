"""Span: how often something happened, and from when to when."""

from __future__ import annotations

from msgspec import Struct

from netloom.packet.row import UNTOLD

NANO = 1_000_000_000


class Span(Struct, gc=False):
    """Counts, with times in nanoseconds. `first` and `last` are None where no time was told.

    There may be a million of them, which the collector of cycles needn't look at: a span holds only numbers.
    """

    count: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, time: int, count: int = 1) -> None:
        """Count what happened at a time."""
        self.between(time, time, count)

    def between(self, first: int, last: int, count: int = 1) -> None:
        """Count what happened between two times."""
        self.count += count
        if first != UNTOLD:
            self.first = first if self.first is None or first < self.first else self.first
            self.last = last if self.last is None or last > self.last else self.last

    def joined(self, other: Span) -> None:
        """Count what another one counted."""
        self.between(UNTOLD if other.first is None else other.first, other.last or 0, other.count)
