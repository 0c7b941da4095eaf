"""Scans: who tries many ports of one host, or one port of many hosts, and gets few answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.bounded import Held, Sets
from netloom.packet.summing.span import Span

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Tracked
    from netloom.packet.summing.icmp import Place

ROOM = 16_384
TOLD_APART = 256
"""Ports or hosts of one who tries that are told apart; a scan of more is one all the same."""


class Attempts:
    """What somebody tried, and how much of it was answered."""

    __slots__ = ("answered", "members", "span")

    def __init__(self) -> None:
        self.members: set[object] = set()
        self.answered = 0
        self.span = Span()

    def add(self, flow: Tracked, *, answered: bool) -> None:
        """Note one attempt."""
        self.answered += answered
        self.span.between(flow.first, flow.last)


class Scans:
    """`ports` are tried by one host at another; `hosts` by one host at a port. Both also by IP's protocol."""

    def __init__(self, sets: Sets) -> None:
        self._sets = sets
        self.ports: Held[tuple[Place, Place, int], Attempts] = Held(Attempts, lambda found: len(found.members), ROOM)
        self.hosts: Held[tuple[Place, int, int], Attempts] = Held(Attempts, lambda found: len(found.members), ROOM)

    def tried(self, flow: Tracked, *, answered: bool) -> None:
        """Note what a flow tried."""
        key = flow.key
        source, destination = (key.src_high, key.src_low), (key.dst_high, key.dst_low)
        for attempts, member in (
            (self.ports[source, destination, key.protocol], key.dst_port),
            (self.hosts[source, key.dst_port, key.protocol], destination),
        ):
            self._sets.join(attempts.members, member, TOLD_APART)
            attempts.add(flow, answered=answered)
