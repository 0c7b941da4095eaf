"""Capturing: what is odd about the capture itself: lost packets, packets that are there twice or make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.row import DEEP, LYING
from netloom.packet.summing.findings import NOTE, WARNING
from netloom.packet.summing.span import Span
from netloom.packet.summing.words import finding, many, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding

TWICE_LEAST, TWICE_SHARE = 20, 0.02
"""Packets that are there twice, and their share: a mirrored port doubles a large part, chance next to nothing."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Drops, duplicates, jumps of the clock, packets that contradict themselves."""
    passed = evidence.passed
    if evidence.drops:
        yield finding(
            "drops",
            WARNING,
            f"{many(evidence.drops, 'packet')} were lost when this was captured: what is missing may have been there",
            _span(evidence, evidence.drops),
        )
    twice = passed.duplicates.span
    share = twice.count / max(passed.packets, 1)
    if twice.count >= TWICE_LEAST and share >= TWICE_SHARE:
        yield finding(
            "duplicates",
            WARNING,
            f"{percent(share)} of all packets are there twice ({twice.count:,}), as a mirrored port shows them: "
            "counts are too high by as much",
            twice,
            share=share,
        )
    if passed.clock.jumps:
        span = Span()
        span.add(passed.clock.at, passed.clock.jumps)
        yield finding(
            "clock",
            NOTE,
            f"the clock went back {many(passed.clock.jumps, 'time')}, by {seconds(passed.clock.largest)} at most",
            span,
            largest=passed.clock.largest / 1e9,
        )
    if passed.anomalies[LYING]:
        yield finding(
            "lying",
            NOTE,
            f"{many(passed.anomalies[LYING], 'packet')} contradict themselves",
            _span(evidence, passed.anomalies[LYING]),
            filter="anomaly lying",
        )
    if passed.anomalies[DEEP]:
        yield finding(
            "deep",
            NOTE,
            f"{many(passed.anomalies[DEEP], 'packet')} have more headers within each other than anybody needs",
            _span(evidence, passed.anomalies[DEEP]),
            filter="anomaly deep",
        )


def _span(evidence: Evidence, count: int) -> Span:
    """Somewhere in the capture."""
    span = Span()
    span.between(evidence.passed.first or 0, evidence.passed.last or 0, count)
    return span
