"""Durations: quantiles to three digits, and classes that double."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.summing.times import FIRST, Durations, rounded

MS = 1_000_000


@pytest.mark.parametrize(
    ("value", "made"),
    [(0, 0), (7, 7), (999, 999), (1004, 1000), (1005, 1010), (123_456, 123_000), (999_999, 1_000_000)],
)
def test_three_digits(value: int, made: int) -> None:
    assert rounded(value) == made


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_quantiles_are_those_of_all_values(values: list[int], share: float) -> None:
    durations = Durations()
    for value in values:
        durations.add(value)
    exact = sorted(values)[max(0, -(-round(share * 1000) * len(values) // 1000) - 1)]
    assert durations.quantile(share) == rounded(exact)


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=100))
def test_classes_have_all(values: list[int]) -> None:
    durations = Durations()
    for value in values:
        durations.add(value)
    record = durations.record()
    assert sum(one.count for one in record.classes) == record.count == len(values)
    assert record.classes[0].count
    assert record.classes[-1].count
    for before, after in zip(record.classes, record.classes[1:], strict=False):
        assert before.most == after.least
        assert after.most == pytest.approx(2 * after.least)


def test_nothing_and_less() -> None:
    assert Durations().record().median is None
    durations = Durations()
    durations.add(-5)
    record = durations.record()
    assert (record.median, record.most) == (0.0, 0.0)
    assert record.classes[0].most == FIRST / 1e9
    durations.add(3 * MS)
    assert durations.above(MS) == 1
