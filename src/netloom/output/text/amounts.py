"""Amounts as people see them at a glance: shares as bars of blocks, values over time as a line of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.output.text.style import Style

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_STEPS = "▁▂▃▄▅▆▇█"
_LETTERS = " .:-=+*#"


def share(part: float) -> str:
    """A share in percent."""
    value = part * 100
    return (
        "0 %" if not value else f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %" if value >= 0.095 else "< 0.1 %"
    )


def blocks(part: float, columns: int, style: Style) -> str:
    """A bar for a share of so many columns; what isn't nothing is seen."""
    part = min(max(part, 0.0), 1.0)
    if not style.unicode:
        return style.paint("#" * max(round(part * columns), int(part > 0)), "cyan")
    eighths = max(round(part * columns * 8), int(part > 0))
    return style.paint("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip(), "cyan")


def spark(values: Sequence[float], columns: int, style: Style) -> str:
    """Values side by side as steps, the largest of those that share a column. Nothing is a gap."""
    columns = min(columns, len(values))
    if not columns:
        return ""
    each = len(values) / columns
    shown = [max(values[int(at * each) : max(int((at + 1) * each), int(at * each) + 1)]) for at in range(columns)]
    most = max(shown) or 1
    signs = _STEPS if style.unicode else _LETTERS[1:]
    drawn = "".join(signs[math.ceil(value / most * len(signs)) - 1] if value else " " for value in shown)
    return style.paint(drawn, "cyan")
