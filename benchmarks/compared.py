"""Servers beside each other, one of which is the measure: the rows that several tables have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import Samples, Spread, ratios
from benchmarks.report import Grid, spread

if TYPE_CHECKING:
    from collections.abc import Sequence


def grid(who: str, found: Samples, base: str, unit: tuple[str, str], caption: str = "") -> Grid:
    """`unit` names what is counted, many and one: ("messages", "message"). The quickest stands first."""
    many, one = unit
    head = (who, f"{many}/s, of {base}", f"{many} per CPU second, of {base}", f"{many}/s", f"CPU, µs a {one}")
    rows = [row(name, found, base) for name in sorted(found, key=lambda n: -Spread.of(s.rate for s in found[n]).median)]
    return Grid(head, rows, caption)


def row(name: str, found: Samples, base: str) -> Sequence[str]:
    """One side's, with both ratios."""
    samples = found[name]
    over = [
        spread(ratios(samples, found[base], what)) if name != base else "1"
        for what in (lambda s: s.rate, lambda s: s.thrift)
    ]
    cpu = Spread.of(s.cpu / s.work * 1e6 for s in samples)
    return (name, *over, spread(Spread.of(s.rate for s in samples)), spread(cpu))
