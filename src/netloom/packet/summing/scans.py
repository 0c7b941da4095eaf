"""Scans: who tries many ports of one host, or one port of many hosts, and gets few answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from netloom.packet.summing.bounded import Held, Members, Sets
from netloom.packet.summing.icmp import Place
from netloom.packet.summing.span import Span

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Tracked

ROOM = 16_384
PORTS, HOSTS = 1 << 17, 1 << 16
"""Members besides the first of all that tried ports, and of all that tried hosts: room for 512 scans and 256 sweeps."""
TOLD_APART = 256
"""Ports or hosts of one who tries that are told apart; a scan of more is one all the same."""


class Attempts(Struct, gc=False):
    """What somebody tried, and how much of it was answered."""

    members: Members[int | Place] = field(default_factory=Members)
    answered: int = 0
    span: Span = field(default_factory=Span)

    def add(self, flow: Tracked, *, answered: bool) -> None:
        """Note one attempt."""
        self.answered += answered
        self.span.between(flow.first, flow.last)


class Scans:
    """`ports` are tried by one host at another; `hosts` by one host at a port. Both also by IP's protocol."""

    def __init__(self) -> None:
        self.told_ports = Sets(PORTS)
        self.told_hosts = Sets(HOSTS)
        self.ports: Held[tuple[Place, Place, int], Attempts] = Held(
            Attempts, _tried, ROOM, lambda found: self.told_ports.leave(found.members)
        )
        self.hosts: Held[tuple[Place, int, int], Attempts] = Held(
            Attempts, _tried, ROOM, lambda found: self.told_hosts.leave(found.members)
        )

    def tried(self, flow: Tracked, *, answered: bool) -> None:
        """Note what a flow tried."""
        key = flow.key
        source, destination = (key.src_high, key.src_low), (key.dst_high, key.dst_low)
        attempts = self.ports[source, destination, key.protocol]
        self.told_ports.join(attempts.members, key.dst_port, TOLD_APART)
        attempts.add(flow, answered=answered)
        attempts = self.hosts[source, key.dst_port, key.protocol]
        self.told_hosts.join(attempts.members, destination, TOLD_APART)
        attempts.add(flow, answered=answered)


def _tried(found: Attempts) -> int:
    return len(found.members)
