"""ICMP, the probe: is it there, how far, how steadily (RFC 792; jitter as in RFC 3550 §6.4.1, not smoothed)?"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import DeadlineExceeded, UsageError

if TYPE_CHECKING:
    from netloom.errors import NetloomError
    from netloom.protocols.icmp.client import Client
    from netloom.protocols.icmp.pinger import Ping


class Facts(shapes.Facts, kw_only=True):
    """What a few pings tell. Times in seconds.

    `loss` is the part that wasn't answered, from 0 to 1. `jitter` is how much the round trips differ from one to the
    next on the average. `ttl` is what was left of the answers' time to live, `problems` what was said instead of an
    answer. `socket`: "datagram" is what anybody may open where the kernel allows it, "raw" takes a privilege.
    """

    sent: int = 0
    received: int = 0
    loss: float | None = None
    rtt_min: float | None = None
    rtt_avg: float | None = None
    rtt_max: float | None = None
    jitter: float | None = None
    ttl: int | None = None
    size: int | None = None
    duplicates: int = 0
    late: int = 0
    problems: list[str] = msgspec.field(default_factory=list)
    socket: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Ping `count` times. Some loss is a fact; where nothing is answered, why not is the outcome."""
    options = client.options
    if not options.count:
        raise UsageError("a probe needs an end: count is at least 1", hint="netloom get -O count=0 goes on")
    link = await client.link()
    facts.socket = "raw" if link.privileged else "datagram"
    facts.size = options.size
    pinger = await client.pinger()
    pings: list[Ping] = []
    async for ping in pinger.pings(options.count, options.interval):
        pings.append(ping)
        facts.sent, facts.duplicates, facts.late = pinger.sent, pinger.duplicates, pinger.late
        _sum_up(sorted(pings, key=lambda one: one.sequence), facts)
    if not facts.received:
        raise _worst(pings)


def _sum_up(pings: list[Ping], facts: Facts) -> None:
    times = [ping.rtt for ping in pings if ping.rtt is not None]
    facts.received = len(times)
    facts.loss = (len(pings) - len(times)) / len(pings)
    facts.problems = list(dict.fromkeys(ping.error.message for ping in pings if ping.error is not None))
    facts.summary = f"{facts.loss * 100:.0f} % loss"
    if not times:
        return
    facts.rtt_min, facts.rtt_avg, facts.rtt_max = min(times), sum(times) / len(times), max(times)
    facts.ttl = next((ping.ttl for ping in reversed(pings) if ping.ttl is not None), None)
    facts.summary = f"{facts.rtt_avg * 1000:.3g} ms · {facts.summary}"
    if len(times) > 1:
        facts.jitter = sum(abs(later - earlier) for earlier, later in itertools.pairwise(times)) / (len(times) - 1)
        facts.summary += f" · jitter {facts.jitter * 1000:.2g} ms"
    if facts.ttl is not None:
        facts.summary += f" · ttl {facts.ttl}"


def _worst(pings: list[Ping]) -> NetloomError:
    """Why nothing was answered: what somebody said counts more than silence."""
    errors = [ping.error for ping in pings if ping.error is not None]
    return next((error for error in errors if not isinstance(error, DeadlineExceeded)), errors[0])
