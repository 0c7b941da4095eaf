"""Neighbours: addresses that two claim, announcements without end, and broadcasts that everybody has to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.row import MAPPED, address
from netloom.packet.summing.findings import BAD, WARNING
from netloom.packet.summing.span import NANO, Span
from netloom.packet.summing.words import finding, mac, many, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding

ANNOUNCED_LEAST, ANNOUNCED_RATE = 20, 1.0
"""Announcements of one sender, and how many a second: a host announces itself two or three times (RFC 5227 §2.3)."""
BROADCAST_LEAST, BROADCAST_SHARE = 200, 0.2
"""Broadcasts, and their share: every host has to look at them, and a switch sends them everywhere."""
MANY = 4
"""Owners that are named."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """ARP's oddities, then the share of broadcasts."""
    neighbours = evidence.closer.neighbours
    for number, claims in neighbours.owners.by(lambda found: found.span.count):
        if len(claims.members) > 1:
            where = address(0, MAPPED | number)
            owners = tuple(sorted(map(mac, claims.members)))
            more = f" and {len(owners) - MANY} more" if len(owners) > MANY else ""
            yield finding(
                "arp-conflict",
                BAD,
                f"{where} is claimed by {', '.join(owners[:MANY])}{more}: two hosts have it, or one pretends to",
                claims.span,
                who=(where, *owners[:MANY]),
                filter=f"arp and host {where}",
                owners=len(owners),
            )
    for sender, claims in neighbours.announced.by(lambda found: found.span.count, ANNOUNCED_LEAST):
        span = claims.span
        rate = span.count * NANO / max((span.last or 0) - (span.first or 0), NANO)
        if rate >= ANNOUNCED_RATE:
            yield finding(
                "arp-storm",
                WARNING,
                f"{mac(sender)} announced itself {many(span.count, 'time')} by ARP, {rate:.3g} a second",
                span,
                who=(mac(sender),),
                filter=f"arp and ether src {mac(sender)}",
                rate=rate,
            )
    passed = evidence.passed
    share = passed.broadcasts / max(passed.packets, 1)
    if passed.broadcasts >= BROADCAST_LEAST and share >= BROADCAST_SHARE:
        span = Span()
        span.between(passed.first or 0, passed.last or 0, passed.broadcasts)
        yield finding(
            "broadcasts",
            WARNING,
            f"{percent(share)} of all packets go to everybody ({passed.broadcasts:,})",
            span,
            filter="ether broadcast",
            share=share,
        )
