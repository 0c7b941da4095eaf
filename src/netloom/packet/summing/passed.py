"""Passed: what is counted of every packet: how much, when, how large, in what, and what is odd about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.row import ANOMALIES, UNTOLD
from netloom.packet.summing.bounded import Held
from netloom.packet.summing.duplicates import Duplicates
from netloom.packet.summing.rates import Bins

if TYPE_CHECKING:
    from netloom.packet.row import Row

SIZES = (64, 128, 256, 512, 1024, 1518, 9018)
"""Where classes of packets' sizes end; 1,518 is Ethernet's largest frame with its check sequence, 9,018 a jumbo one."""
BROADCAST = (1 << 48) - 1
JUMP = 1_000_000_000
"""Nanoseconds that the clock goes back between two packets: less comes of cards with several queues."""
STACKS = 4096
"""Kinds of packets that are told apart: any of 65,536 numbers may stand in a frame."""


class Clock:
    """Times as they follow each other: how often they went back, and by how much at most."""

    def __init__(self) -> None:
        self.last = UNTOLD
        self.jumps = 0
        self.largest = 0
        self.at = 0
        """When the first jump was, by the clock before it."""

    def jumped(self, before: int, after: int) -> None:
        """Note a jump back."""
        if not self.jumps:
            self.at = before
        self.jumps += 1
        self.largest = max(self.largest, before - after)


class Passed:
    """Counts. `stacks` are packets and octets by link type, network and what that carries.

    The network is an IP's version, or an EtherType (0 where there is none); what it carries counts for IP only.
    """

    def __init__(self) -> None:
        self.packets = 0
        self.octets = 0
        self.captured = 0
        self.first: int | None = None
        self.last: int | None = None
        self.stacks: Held[tuple[int, int, int], list[int]] = Held(lambda: [0, 0], lambda value: value[1], STACKS)
        self.sizes = [0] * (len(SIZES) + 1)
        self.anomalies = dict.fromkeys(ANOMALIES, 0)
        self.fragments = 0
        self.broadcasts = 0
        self.bins = Bins()
        self.clock = Clock()
        self.duplicates = Duplicates()

    def add(self, row: Row, data: bytes) -> None:
        """Count a packet."""
        self.packets += 1
        self.octets += row.length
        self.captured += row.captured
        stack = self.stacks[row.link, row.version or row.ethertype, row.protocol if row.version else 0]
        stack[0] += 1
        stack[1] += row.length
        self.sizes[sum(row.length > edge for edge in SIZES)] += 1
        for bit in self.anomalies if row.anomaly else ():
            self.anomalies[bit] += row.anomaly & bit > 0
        self.fragments += row.fragment >= 0
        self.broadcasts += row.dst_mac == BROADCAST
        if row.time != UNTOLD:
            self._timed(row.time, row.length)
        self.duplicates.add(row, data)

    def _timed(self, time: int, length: int) -> None:
        self.span(time, time)
        self.bins.add(time, 1, length)
        clock = self.clock
        if clock.last - time > JUMP and clock.last != UNTOLD:
            clock.jumped(clock.last, time)
        clock.last = time

    def span(self, first: int, last: int) -> None:
        """Note that packets passed from one time to another."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
