"""NTP, the probe: how good is that clock, and how far are we off (RFC 5905 §7.3, §8)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import shapes
from netloom.wire import ntp

if TYPE_CHECKING:
    from netloom.protocols.ntp.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What an NTP probe learns. Times in seconds; `offset` is how far that clock is ahead of ours."""

    stratum: int | None = None
    version: int | None = None
    leap: str = ""
    reference: str = ""
    offset: float | None = None
    delay: float | None = None
    root_delay: float | None = None
    root_dispersion: float | None = None
    precision: float | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Ask once."""
    answer, measured = await client.ask()
    facts.stratum = answer.stratum
    facts.version = answer.version
    facts.leap = ntp.LEAP[answer.leap]
    facts.reference = answer.reference_words
    facts.offset = measured.offset
    facts.delay = measured.delay
    facts.root_delay = ntp.short_to_seconds(answer.root_delay)
    facts.root_dispersion = ntp.short_to_seconds(answer.root_dispersion)
    facts.precision = 2.0**answer.precision
    facts.summary = f"stratum {answer.stratum} · offset {measured.offset * 1000:+.1f} ms · {answer.reference_words}"
