"""Loss: octets that TCP sent again, receivers that had no room, connections that took long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.conversed import SLOW
from netloom.packet.summing.findings import BAD, NOTE, WARNING
from netloom.packet.summing.span import Span
from netloom.packet.summing.words import finding, many, percent, place, port, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding

LOST_LEAST = 20
"""Retransmissions of two hosts: fewer happen on any path."""
LOST_SHARE, LOST_MUCH = 0.03, 0.1
"""Of their packets: from 3 % on TCP is clearly slower (Mathis 1997: by the root of the loss), at 10 % hardly usable."""
ZERO_LEAST = 5
"""Closed windows of a host: a few are a program that pauses."""
SLOW_LEAST, SLOW_SHARE = 3, 0.1
"""Slow handshakes with a server, and their share: one may have been a SYN that was lost."""

GAPS_LEAST, GAPS_SHARE = 20, 0.005
"""Gaps in streams: a lost packet leaves one, too, before it comes again, so a few tell nothing about the capture."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Retransmissions by conversation, zero windows by receiver, slow handshakes by server."""
    yield from _retransmissions(evidence)
    for where, span in evidence.conversed.zero_windows.by(lambda found: found.count, ZERO_LEAST):
        yield finding(
            "zero-windows",
            WARNING,
            f"{place(where)} closed its window {span.count:,} times: its program reads too slowly",
            span,
            who=(place(where),),
            filter=f"src host {place(where)} and tcp[14:2] = 0 and tcp[13] & 7 = 0",
        )
    for (where, number), tries in evidence.conversed.tries.by(lambda found: found.slow.count, SLOW_LEAST):
        share = tries.slow.count / max(tries.all.count, 1)
        if share >= SLOW_SHARE:
            yield finding(
                "slow-handshakes",
                WARNING,
                f"{many(tries.slow.count, 'connection')} to {port(where, number)} took longer than "
                f"{seconds(SLOW)} to be made, the slowest {seconds(tries.worst)}",
                tries.slow,
                who=(port(where, number),),
                filter=f"host {place(where)} and tcp port {number} and tcp[13] & 2 != 0",
                share=share,
                slowest=tries.worst / 1e9,
            )


def _retransmissions(evidence: Evidence) -> Iterator[Finding]:
    for (one, other), pair in evidence.conversed.pairs.by(lambda found: found.losses.count, LOST_LEAST):
        lost = pair.losses.count
        share = lost / max(pair.segments, 1)
        if share < LOST_SHARE:
            continue
        yield finding(
            "retransmissions",
            BAD if share >= LOST_MUCH else WARNING,
            f"{percent(share)} of the packets between {place(one)} and {place(other)} were sent again ({lost:,}): "
            "something on the way loses them",
            pair.losses,
            who=(place(one), place(other)),
            filter=f"tcp and host {place(one)} and host {place(other)}",
            share=share,
            packets=pair.segments,
        )
    gaps = evidence.conversed.sums.gaps
    if gaps >= GAPS_LEAST and gaps / max(evidence.conversed.sums.segments, 1) >= GAPS_SHARE:
        span = Span()
        span.count = gaps
        yield finding(
            "gaps",
            NOTE,
            f"octets of TCP are missing at {many(gaps, 'place')}: whoever captured didn't see every packet",
            span,
            share=gaps / max(evidence.conversed.sums.segments, 1),
        )
