"""Histogram: how many values each class has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.reporting.html import text

if TYPE_CHECKING:
    from collections.abc import Sequence

_HIGH, _GAP = 100.0, 6.0
_WIDEST = 150
"""Pixels of a column at most: one alone is no wall."""


def histogram(title: str, classes: Sequence[tuple[str, int]], colour: int = 0) -> str:
    """Columns side by side, each with its class below it and its share of all above it."""
    most, total = max((count for _, count in classes), default=0) or 1, sum(count for _, count in classes) or 1
    columns = max(len(classes), 1)
    bars, heads, names = [], [], []
    for number, (name, count) in enumerate(classes):
        high = max(_HIGH * count / most, 1.0 if count else 0.0)
        bars.append(
            f'<rect class="c{colour}" x="{100 * number + _GAP:.0f}" y="{_HIGH - high:.2f}" '
            f'width="{100 - 2 * _GAP:.0f}" height="{high:.2f}"><title>{text(f"{name}: {count:,}")}</title></rect>'
        )
        part = 100 * count / total
        shown = "" if not count else f"{part:.0f}%" if part >= 1 else "<1%"
        heads.append(
            f'<span style="bottom:{high:.1f}%;left:{100 * (number + 0.5) / len(classes):.2f}%">{text(shown)}</span>'
        )
        names.append(f"<span>{text(name)}</span>")
    return (
        f'<div class="histogram" style="--classes:{columns};max-width:{_WIDEST * columns}px"><div class="heads">'
        f'{"".join(heads)}<svg viewBox="0 0 {100 * columns} {_HIGH:.0f}" preserveAspectRatio="none" '
        f'role="img"><title>{text(title)}</title>{"".join(bars)}</svg></div>'
        f'<div class="names" aria-hidden="true">{"".join(names)}</div></div>'
    )
