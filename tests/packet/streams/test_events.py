"""Places as text."""

from __future__ import annotations

import pytest

from netloom.packet.row import MAPPED, address
from netloom.packet.streams.events import Place


@pytest.mark.parametrize(
    ("version", "high", "low", "text"),
    [
        (4, 0, MAPPED | 0xC0000201, "192.0.2.1:80"),
        (6, 0x20010DB8 << 32, 1, "[2001:db8::1]:80"),
    ],
)
def test_places(version: int, high: int, low: int, text: str) -> None:
    assert str(Place(address(high, low, version), 80)) == text
