"""Phases drawn as a bar: its length tells how long all took (by powers of ten), its steps which phase took how much."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from netloom.errors import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netloom.output.text.style import Style

_ORDER = [phase.value for phase in Phase]
FULL = 14
"""Columns of the bar of an attempt that took ten seconds or more."""


def shares(phases: Mapping[str, float], columns: int) -> list[tuple[str, int]]:
    """Phases and their columns, in the order in which they happen; each that took time has one while there are enough.

    The bar of 0.1 ms is a fifth of that of 10 s: one column a phase at least, so that a failure shows how far it came.
    """
    spent = [(name, phases[name]) for name in _ORDER if phases.get(name, 0.0) > 0.0]
    if not spent or columns <= 0:
        return []
    total = sum(seconds for _, seconds in spent)
    power = (math.log10(min(max(total, 1e-4), 10.0)) + 4) / 5
    length = max(round(columns * (0.2 + 0.8 * power)), min(len(spent), columns))
    largest = sorted(spent, key=lambda item: -item[1])[:length]
    given = {name: 1 for name, _ in largest}
    for _ in range(length - len(given)):
        # the next column goes to the phase that is furthest behind its share
        neediest = max(largest, key=lambda item: item[1] / total * length - given[item[0]])[0]
        given[neediest] += 1
    return [(name, given[name]) for name, _ in spent if name in given]


def draw(phases: Mapping[str, float], columns: int, style: Style) -> str:
    """The bar, at most so many columns wide."""
    return "".join(style.step(name, cells) for name, cells in shares(phases, columns))


def legend(seen: Iterable[str], style: Style) -> str:
    """What the steps mean, for the phases that occurred."""
    there = set(seen)
    equals = "" if style.unicode else "="
    return " ".join(
        f"{style.step(name)}{equals}{style.paint(name.replace('_', ' '), 'dim')}" for name in _ORDER if name in there
    )
