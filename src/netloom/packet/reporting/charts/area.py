"""Area: values over time, with an axis that begins at nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.reporting.charts.scale import top
from netloom.packet.reporting.html import text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LINES = 4
"""Parts of the axis."""
_HIGH, _WIDE = 100.0, 1000.0


def area(
    title: str, values: Sequence[float], said: Callable[[float], str], marks: Sequence[str], colour: int = 0
) -> str:
    """Values side by side; `said` tells what stands at a line, `marks` what below the axis, at equal distances."""
    end = top(max(values, default=0.0))
    step = _WIDE / max(len(values), 1)
    # Steps rather than slopes: a bin's value holds for all of its time
    corners = []
    for number, value in enumerate(values):
        high = _HIGH * (1 - value / end)
        corners += [f"{number * step:.1f},{high:.2f}", f"{(number + 1) * step:.1f},{high:.2f}"]
    line = " ".join(corners)
    grid = "".join(
        f'<line class="grid" x1="0" x2="{_WIDE:.0f}" y1="{_HIGH * part / LINES:.0f}" y2="{_HIGH * part / LINES:.0f}"/>'
        for part in range(LINES + 1)
    )
    labels = "".join(
        f'<span style="top:{100 * part / LINES:.0f}%">{text(said(end * (1 - part / LINES)))}</span>'
        for part in range(LINES + 1)
        if part % 2 == 0
    )
    below = "".join(f"<span>{text(mark)}</span>" for mark in marks)
    return (
        f'<div class="plot"><div class="y" aria-hidden="true">{labels}</div>'
        f'<svg class="area" viewBox="0 0 {_WIDE:.0f} {_HIGH:.0f}" preserveAspectRatio="none" role="img">'
        f"<title>{text(title)}</title>{grid}"
        f'<polygon class="c{colour} fill" points="0,{_HIGH:.0f} {line} {_WIDE:.0f},{_HIGH:.0f}"/>'
        f'<polyline class="c{colour} line" points="{line}"/></svg>'
        f'<div class="x" aria-hidden="true">{below}</div></div>'
    )
