"""Amounts at a glance: bars in eighths, steps over time, and plain letters where there is no Unicode."""

from __future__ import annotations

import pytest

from netloom.output.text.amounts import blocks, share, spark
from netloom.output.text.style import Style

UNICODE = Style(colour=False, unicode=True)
PLAIN = Style(colour=False, unicode=False)


@pytest.mark.parametrize(
    ("part", "drawn"), [(0, ""), (1, "████"), (0.5, "██"), (0.28125, "█▏"), (1e-9, "▏"), (7, "████"), (-1, "")]
)
def test_bars(part: float, drawn: str) -> None:
    assert blocks(part, 4, UNICODE) == drawn


def test_bars_of_letters() -> None:
    assert [blocks(part, 4, PLAIN) for part in (0, 0.01, 0.5, 1)] == ["", "#", "##", "####"]


def test_steps() -> None:
    assert spark([0, 1, 4, 8], 9, UNICODE) == " ▁▄█"
    assert spark([8, 0, 0, 1], 2, UNICODE) == "█▁"
    assert spark([0, 1, 8], 3, PLAIN) == " .#"
    assert spark([], 5, UNICODE) == ""
    assert spark([0, 0], 5, UNICODE) == "  "
    assert len(spark(range(240), 71, UNICODE)) == 71


def test_shares() -> None:
    assert [share(part) for part in (0, 0.0001, 0.001, 0.0949, 0.0996, 1)] == [
        "0 %",
        "< 0.1 %",
        "0.1 %",
        "9.5 %",
        "10 %",
        "100 %",
    ]
