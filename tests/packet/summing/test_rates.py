"""Bins: how many there are, how wide, and that the order of packets doesn't matter."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.summing.rates import MOST, WIDTHS, Bins

SECOND = 1_000_000_000


def test_each_width_goes_into_the_next() -> None:
    assert all(wide > narrow and wide % narrow == 0 for narrow, wide in pairwise(WIDTHS))
    assert WIDTHS[-1] * (MOST - 1) > 1 << 64


def test_a_minute() -> None:
    bins = Bins()
    for second in range(60):
        bins.add(1_795_000_000 * SECOND + second * SECOND, 2, 100)
    rates = bins.record()
    assert (rates.start, rates.step) == (1_795_000_000.0, 1.0)
    assert rates.packets == (2,) * 60
    assert rates.octets == (100,) * 60


def test_nothing_is_nothing() -> None:
    assert Bins().record().packets == ()
    one = Bins()
    one.add(0, 1, 5)
    assert one.record().packets == (1,)


times = st.integers(-(1 << 62), (1 << 62)) | st.integers(0, 10**9) | st.integers(0, 10**13)


@given(st.lists(times, min_size=1, max_size=50))
def test_order_doesnt_matter(found: list[int]) -> None:
    first, second = Bins(), Bins()
    for time in found:
        first.add(time, 1, 7)
    for time in Random(1).sample(found, len(found)):
        second.add(time, 1, 7)
    rates = first.record()
    assert rates == second.record()
    assert sum(rates.packets) == len(found)
    assert sum(rates.octets) == 7 * len(found)
    assert 1 <= len(rates.packets) <= MOST
    assert rates.packets[0]
    assert rates.packets[-1]


@pytest.mark.parametrize("span", [1, 200_000_000, 250_000_000, 3600 * SECOND, 86_400 * SECOND])
def test_bins_are_as_narrow_as_they_can_be(span: int) -> None:
    bins = Bins()
    bins.add(0, 1, 1)
    bins.add(span, 1, 1)
    narrower = [width for width in WIDTHS if width < bins.width]
    assert not narrower or span // narrower[-1] >= MOST
