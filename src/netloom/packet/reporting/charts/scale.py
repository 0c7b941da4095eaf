"""Scale: where an axis ends, and where its lines are."""

from __future__ import annotations

import math


def top(most: float) -> float:
    """A round number above all values: 1, 2, 2.5, 4, 5 or 8 times a power of ten."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next((step * power for step in (1, 2, 2.5, 4, 5, 8) if step * power >= most * 0.999), 10 * power)
