"""Pings in a row: what is in them. How they are matched is in test_icmp.py."""

from __future__ import annotations

import pytest

from netloom.protocols.icmp.pinger import filler


@pytest.mark.parametrize("size", [0, 1, 15, 16, 56, 300, 65_507])
def test_the_data_has_its_size(size: int) -> None:
    assert len(filler(size)) == size


def test_the_data_cannot_be_guessed() -> None:
    assert filler(56) != filler(56)
    assert filler(56)[16:] == filler(56)[16:] == bytes(range(40))
