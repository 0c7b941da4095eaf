"""Connections that came to nothing: refused, unanswered, never finished, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.bounded import MEMBERS
from netloom.packet.summing.findings import BAD, WARNING
from netloom.packet.summing.words import apart, finding, many, percent, place, port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.conversed import Tries
    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.icmp import Place
    from netloom.packet.summing.record import Finding

REFUSED_LEAST = 3
"""Refused connections to a port: one or two are somebody who tried."""
UNANSWERED_LEAST = 3
"""Unanswered ones: one may have been lost."""
LEAST = min(REFUSED_LEAST, UNANSWERED_LEAST)
"""Connections to a port, of which any of these can be said."""
UNFINISHED_LEAST, UNFINISHED_SHARE = 20, 0.5
"""Handshakes that were answered and left so, and their share: a flood of SYN looks like that, a lost ACK doesn't."""
FLOODED = "a flood of SYN looks like that, if it isn't down"
"""What is said where more hosts than are told apart tried in vain."""
RESETS_LEAST = 20
"""Connections that a host reset besides those that it refused: browsers reset some."""
RESETS_SHARE = 0.1
"""Of the packets' connections in all: busy hosts have many connections, and some resets."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """By the port that was tried, then resets by who sent them."""
    refused: dict[Place, int] = {}
    for (where, _), tries in evidence.conversed.tries.items():
        refused[where] = refused.get(where, 0) + tries.refused.count
    yield from _tried(evidence)
    flows = max(evidence.conversed.sums.flows, 1)
    for where, span in evidence.conversed.resets.by(lambda found: found.count, RESETS_LEAST):
        others = span.count - refused.get(where, 0)
        if others >= RESETS_LEAST and others / flows >= RESETS_SHARE:
            yield finding(
                "resets",
                WARNING,
                f"{place(where)} reset connections {span.count:,} times instead of closing them",
                span,
                who=(place(where),),
                filter=f"src host {place(where)} and flags R",
            )


def _tried(evidence: Evidence) -> Iterator[Finding]:
    for (where, number), tries in evidence.conversed.tries.by(lambda found: found.all.count, LEAST):
        there, syns = port(where, number), f"host {place(where)} and tcp port {number} and "
        clients = _clients(tries)
        why = FLOODED if len(tries.clients) >= MEMBERS else "it is down, or a firewall drops them"
        if tries.refused.count >= REFUSED_LEAST:
            yield finding(
                "refused",
                WARNING,
                f"{there} refused {many(tries.refused.count, 'connection')} from {clients}: nothing listens there",
                tries.refused,
                who=(there,),
                filter=syns + "tcp[13] & 6 != 0",
                tried=tries.all.count,
            )
        if tries.unanswered.count >= UNANSWERED_LEAST:
            yield finding(
                "unanswered",
                BAD if tries.unanswered.count + tries.waiting == tries.all.count else WARNING,
                f"nobody answered {many(tries.unanswered.count, 'connection')} to {there} from {clients}: {why}",
                tries.unanswered,
                who=(there,),
                filter=syns + "flags S/SA",
                tried=tries.all.count,
            )
        share = tries.unfinished.count / max(tries.all.count, 1)
        if tries.unfinished.count >= UNFINISHED_LEAST and share >= UNFINISHED_SHARE:
            yield finding(
                "half-open",
                BAD,
                f"{many(tries.unfinished.count, 'handshake')} with {there} ({percent(share)}) were never finished, "
                f"from {clients}: a flood of SYN looks like that",
                tries.unfinished,
                who=(there,),
                filter=syns + "tcp[13] & 2 != 0",
                share=share,
            )


def _clients(tries: Tries) -> str:
    if len(tries.clients) == 1:
        return place(next(iter(tries.clients)))
    return apart(len(tries.clients), "host")
