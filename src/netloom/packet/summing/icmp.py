"""Complaints: errors that ICMP tells, by what they are, who tells them, and of packets to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.row import MAPPED
from netloom.packet.summing.bounded import Counts, Held, Members, Sets
from netloom.packet.summing.span import Span
from netloom.wire.icmp_words import in_words

if TYPE_CHECKING:
    from netloom.packet.row import Row

ROOM = 16_384
ABOUT = 1 << 15
"""Destinations besides the first of all complaints together: room for 32 who complain of a thousand each."""
Place = tuple[int, int]
"""An address as rows have it: its upper and its lower half."""


class Complaint:
    """One kind of error from one router: `about` are the destinations of what it couldn't pass on."""

    def __init__(self) -> None:
        self.span = Span()
        self.about: Members[Place] = Members()
        self.mtu = 0


class Complaints:
    """`by` is who tells, IP's version, the type and the code."""

    def __init__(self) -> None:
        self._sets = Sets(ABOUT)
        self.kinds: Counts[str] = Counts()
        self.by: Held[tuple[Place, int, int, int], Complaint] = Held(
            Complaint, lambda found: found.span.count, ROOM, lambda found: self._sets.leave(found.about)
        )

    @property
    def lost(self) -> int:
        """Keys and members that were left out because there were too many."""
        return self.kinds.lost + self.by.lost + self._sets.lost

    def hear(self, row: Row, data: bytes) -> None:
        """An error. `data` is its frame."""
        self.kinds.add(in_words(row.version, row.icmp_type, row.icmp_code))
        found = self.by[(row.src_high, row.src_low), row.version, row.icmp_type, row.icmp_code]
        found.span.add(row.time)
        at = row.payload_at
        destination = _destination(row.version, data[at : at + row.payload])
        if destination is not None:
            self._sets.join(found.about, destination)
        told = data[at - 2 : at] if row.version == 4 else data[at - 4 : at]
        found.mtu = int.from_bytes(told, "big")


def _destination(version: int, quoted: bytes) -> Place | None:
    """Where the packet went that is quoted."""
    if version == 4 and len(quoted) >= 20:
        return 0, MAPPED | int.from_bytes(quoted[16:20], "big")
    if version == 6 and len(quoted) >= 40:
        return int.from_bytes(quoted[24:32], "big"), int.from_bytes(quoted[32:40], "big")
    return None
