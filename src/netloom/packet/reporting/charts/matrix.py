"""Matrix: who sends how much to whom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from netloom.packet.reporting.html import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LETTERS = "ABCDEFGHIJKLMNOP"
_CELL = 30
_WIDEST = 360


def matrix(
    title: str, names: Sequence[str], amounts: Mapping[tuple[int, int], int], said: Callable[[float], str]
) -> str:
    """A row for each sender and a column for each receiver, by letters. The darker, the more, by powers of ten."""
    side = _CELL * (len(names) + 1)
    # Cells are as large as those of ten hosts, however few there are
    look = f'style="max-width:{side * 1.1:.0f}px"' if side * 1.1 < _WIDEST else ""
    made = [f'<svg class="matrix" {look} viewBox="0 0 {side} {side}" role="img"><title>{text(title)}</title>']
    for number in range(len(names)):
        at = _CELL * (number + 1) + _CELL / 2
        made.append(f'<text x="{at:.0f}" y="{_CELL * 0.65:.0f}">{LETTERS[number]}</text>')
        made.append(f'<text x="{_CELL / 2:.0f}" y="{at + 5:.0f}">{LETTERS[number]}</text>')
    most = max(amounts.values(), default=1)
    for row, sender in enumerate(names):
        for column, receiver in enumerate(names):
            amount = amounts.get((row, column), 0)
            told = f"{LETTERS[row]} to {LETTERS[column]}, {sender} to {receiver}: {said(amount)}"
            look = f' style="fill-opacity:{_depth(amount, most):.2f}"' if amount else ""
            made.append(
                f'<rect class="{"c0" if amount else "groove"}"{look} x="{_CELL * (column + 1) + 1}" '
                f'y="{_CELL * (row + 1) + 1}" width="{_CELL - 2}" height="{_CELL - 2}" rx="4">'
                f"<title>{text(told)}</title></rect>"
            )
    return "".join([*made, "</svg>"])


def _depth(amount: int, most: int) -> float:
    """From nearly nothing to all: four powers of ten below the largest are as good as none."""
    return 0.12 + 0.88 * max(0.0, 1 - math.log10(max(most, 1) / max(amount, 1)) / 4)
