"""Duplicates: the same packet captured twice, as a mirrored port or two taps on one path do."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from netloom.packet.row import UNTOLD, columns
from netloom.packet.summing.span import Span

if TYPE_CHECKING:
    from netloom.packet.row import Row

APART = 1024
"""Packets that may lie between the two."""
SOON = 10_000_000
"""Nanoseconds within which they pass: less than TCP ever waits before it sends something again (RFC 6298 §2.4)."""
AROUND = 8
"""Octets that have to be equal, too: before and behind a payload's beginning, and at the end: numbers and checksums."""
LEFT_OUT = ("time", "interface")
SAME = tuple(name for name in columns() if name not in LEFT_OUT)
"""What of rows has to be equal."""

_fields = attrgetter(*SAME)


class Duplicates:
    """Counts them. What passed `APART` packets ago is forgotten."""

    def __init__(self) -> None:
        self.span = Span()
        self._seen: dict[tuple[object, ...], tuple[int, int]] = {}
        self._number = 0

    def add(self, row: Row, data: bytes) -> None:
        """Look whether a packet was there before."""
        number, time = self._number, row.time
        self._number += 1
        at = row.payload_at
        key = (*_fields(row), data[max(0, at - AROUND) : at], data[at : at + AROUND], data[-AROUND:])
        before = self._seen.get(key)
        if before is not None and number - before[0] <= APART and time != UNTOLD and 0 <= time - before[1] <= SOON:
            self.span.add(time)
        self._seen[key] = (number, time)
        if len(self._seen) > 4 * APART:
            self._seen = {key: seen for key, seen in self._seen.items() if number - seen[0] <= APART}
