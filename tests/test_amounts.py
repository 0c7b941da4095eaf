"""Amounts with units are read as people write them."""

from __future__ import annotations

import pytest

from netloom.amounts import UNITS, amount


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), ("-2", -2), ("1e3", 1000), ("0.5", 0.5), ("100ms", 0.1), ("2 min", 120.0), ("64KiB", 65536.0),
        ("1MB", 1e6), ("30%", 0.3), ("5µs", 5e-6),
    ],
)  # fmt: skip
def test_an_amount(text: str, value: float) -> None:
    found = amount(text)
    assert found == pytest.approx(value)
    assert isinstance(found, type(value))


@pytest.mark.parametrize("text", ["", "fast", "10 parsecs", "1.2.3", "ms", "1e", "7 s ago", "0x10"])
def test_what_is_none(text: str) -> None:
    assert amount(text) is None


def test_each_unit_is_known_by_its_name() -> None:
    assert all(amount(f"1{unit}") == factor for unit, factor in UNITS.items())
