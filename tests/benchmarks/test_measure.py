"""Sides take turns, ratios are of one round, medians are medians."""

from __future__ import annotations

import pytest

from benchmarks.measure import Sample, Side, Spread, alternate, ratios


def test_sides_take_turns_in_the_same_order_every_round() -> None:
    turns: list[str] = []

    def side(name: str) -> Side:
        def measure() -> Sample:
            turns.append(name)
            return Sample(len(turns), 1.0, 1.0)

        return Side(name, measure)

    told: list[str] = []
    found = alternate([side("a"), side("b")], 3, told.append)
    assert turns == ["a", "b"] * 3
    assert [sample.work for sample in found["a"]] == [1, 3, 5]
    assert told == [f"round {number} of 3: {name}" for number in (1, 2, 3) for name in ("a", "b")]


def test_two_sides_with_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one name"):
        alternate([Side("a", lambda: Sample(1, 1, 1))] * 2, 1, lambda text: None)


def test_ratios_pair_what_was_measured_in_one_round() -> None:
    ours = [Sample(20, 1, 2), Sample(30, 2, 1), Sample(12, 1, 1)]
    theirs = [Sample(10, 1, 1), Sample(10, 2, 1), Sample(12, 1, 1)]
    assert ratios(ours, theirs, lambda s: s.rate) == Spread(2.0, 1.0, 3.0)
    assert ratios(ours, theirs, lambda s: s.thrift) == Spread(1.0, 1.0, 3.0)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        ratios(ours, theirs[:2], lambda s: s.rate)


@pytest.mark.parametrize(
    ("values", "spread"),
    [([3.0], Spread(3, 3, 3)), ([9, 1, 2], Spread(2, 1, 9)), ([4, 1, 2, 3], Spread(2.5, 1, 4))],
)
def test_a_spread_is_median_smallest_largest(values: list[float], spread: Spread) -> None:
    assert Spread.of(values) == spread


def test_a_spread_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Spread.of([])
