"""Routing: packets that were too large, that went in circles, or that nobody would take; fragments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.findings import BAD, NOTE, WARNING
from netloom.packet.summing.span import Span
from netloom.packet.summing.words import apart, finding, many, percent, place
from netloom.wire.icmp_words import (
    PACKET_TOO_BIG,
    TIME_EXCEEDED_4,
    TIME_EXCEEDED_6,
    UNREACHABLE_4,
    UNREACHABLE_6,
    in_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.icmp import Complaint
    from netloom.packet.summing.record import Finding

FRAGMENTATION_NEEDED = 4
EXPIRED_LEAST = 10
"""Expired packets that one router tells of: a traceroute makes three at each (so does each of the first programs of its
kind), a loop as many as are sent."""
UNREACHABLE_LEAST = 10
"""Packets that one host says nobody takes: a few are asked by DNS' impatient clients, whose socket is gone."""
FRAGMENTS_LEAST, FRAGMENTS_SHARE = 20, 0.01
"""Fragments, and their share: some of DNS is normal; more costs, and firewalls drop them (RFC 8900)."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """By who complains; then fragments."""
    for (source, version, kind, code), found in evidence.closer.complaints.by.by(lambda found: found.span.count):
        yield from _of(place(source), (version, kind, code), found)
    passed = evidence.passed
    share = passed.fragments / max(passed.packets, 1)
    if passed.fragments >= FRAGMENTS_LEAST and share >= FRAGMENTS_SHARE:
        span = Span()
        span.between(passed.first or 0, passed.last or 0, passed.fragments)
        yield finding(
            "fragments",
            WARNING,
            f"{percent(share)} of all packets are fragments ({passed.fragments:,}): the way is narrower than they are",
            span,
            filter="fragment",
            share=share,
        )


def _of(router: str, what: tuple[int, int, int], found: Complaint) -> Iterator[Finding]:
    version, kind, code = what
    icmp = "icmp" if version == 4 else "icmp6"
    shows = f"{icmp} and src host {router} and {icmp}[0] = {kind}"
    about = _about(found)
    count = found.span.count
    if (version, kind, code) == (4, UNREACHABLE_4, FRAGMENTATION_NEEDED) or (version, kind) == (6, PACKET_TOO_BIG):
        yield finding(
            "mtu",
            WARNING,
            f"{router} had no room for {many(count, 'packet')} to {about}: it passes on {found.mtu} octets at most",
            found.span,
            who=(router,),
            filter=f"{shows} and {icmp}[1] = {code}",
            mtu=found.mtu,
        )
    elif kind == (TIME_EXCEEDED_4 if version == 4 else TIME_EXCEEDED_6) and code == 0 and count >= EXPIRED_LEAST:
        yield finding(
            "expired",
            BAD,
            f"{many(count, 'packet')} to {about} had no hops left at {router}: they go in circles, or somebody traces",
            found.span,
            who=(router,),
            filter=shows,
        )
    elif kind == (UNREACHABLE_4 if version == 4 else UNREACHABLE_6) and count >= UNREACHABLE_LEAST:
        yield finding(
            "unreachable",
            NOTE if len(found.about) == 1 else WARNING,
            f"{router} told {many(count, 'time')} of {about}: {in_words(version, kind, code)}",
            found.span,
            who=(router,),
            filter=f"{shows} and {icmp}[1] = {code}",
        )


def _about(found: Complaint) -> str:
    if len(found.about) == 1:
        return place(next(iter(found.about)))
    return apart(len(found.about), "address", "addresses")
