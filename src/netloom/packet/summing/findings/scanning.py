"""Scanning: one who tries many ports or many hosts, and gets few answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.protocols import PROTOCOLS
from netloom.packet.summing.findings import BAD
from netloom.packet.summing.scans import TOLD_APART
from netloom.packet.summing.words import apart, finding, mac, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding
    from netloom.packet.summing.scans import Attempts

PORTS_LEAST = 20
"""Ports of one host: programs use a few, and a client of FTP that asks for many gets its answers."""
HOSTS_LEAST = 20
"""Hosts at one port, for the same reason."""
ANSWERED_MOST = 0.2
"""Of the attempts: who knows where to go is answered nearly always."""
ASKED_LEAST = 64
"""Addresses that one asks for by ARP: a quarter of the usual network; only a router might, and not at once."""
ASKED_WITHIN = 60_000_000_000
"""Nanoseconds within which it does."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Scans of ports, then sweeps over hosts, then sweeps by ARP."""
    scans = evidence.conversed.scans
    for (source, target, protocol), tried in scans.ports.by(lambda found: found.span.count, PORTS_LEAST):
        if _wanders(tried, PORTS_LEAST):
            name = PROTOCOLS.get(protocol, str(protocol))
            yield finding(
                "port-scan",
                BAD,
                f"{place(source)} tried {_number(tried)} {name} ports of {place(target)}, {tried.answered:,} answered",
                tried.span,
                who=(place(source), place(target)),
                filter=f"{name} and src host {place(source)} and dst host {place(target)}",
                ports=len(tried.members),
                answered=tried.answered,
            )
    for (source, number, protocol), tried in scans.hosts.by(lambda found: found.span.count, HOSTS_LEAST):
        if _wanders(tried, HOSTS_LEAST):
            name = PROTOCOLS.get(protocol, str(protocol))
            yield finding(
                "sweep",
                BAD,
                f"{place(source)} tried {name} port {number} of {_number(tried)} hosts, {tried.answered:,} answered",
                tried.span,
                who=(place(source),),
                filter=f"{name} and src host {place(source)} and dst port {number}",
                hosts=len(tried.members),
                answered=tried.answered,
            )
    for sender, claims in evidence.closer.neighbours.asked.by(lambda found: found.span.count, ASKED_LEAST):
        span = claims.span
        if len(claims.members) >= ASKED_LEAST and (span.last or 0) - (span.first or 0) <= ASKED_WITHIN:
            asked = apart(len(claims.members), "address", "addresses")
            yield finding(
                "arp-sweep",
                BAD,
                f"{mac(sender)} asked for {asked} by ARP in a minute: it looks who is there",
                span,
                who=(mac(sender),),
                filter=f"arp and ether src {mac(sender)}",
                addresses=len(claims.members),
            )


def _wanders(tried: Attempts, least: int) -> bool:
    return len(tried.members) >= least and tried.answered <= ANSWERED_MOST * tried.span.count


def _number(tried: Attempts) -> str:
    return f"{TOLD_APART} or more" if len(tried.members) == TOLD_APART else str(len(tried.members))
