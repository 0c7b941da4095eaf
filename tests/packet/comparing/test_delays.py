"""Delays in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.comparing import delays
from netloom.packet.comparing.delays import DelayCount

if TYPE_CHECKING:
    from netloom.packet.comparing.record import Delays


def of(values: list[int]) -> Delays | None:
    count = DelayCount()
    for value in values:
        count.add(value)
    return count.record()


def test_none() -> None:
    assert of([]) is None


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_quantiles_are_values_that_so_many_dont_exceed(values: list[int]) -> None:
    made = of(values)
    assert made is not None
    assert (made.count, made.least, made.most) == (len(values), min(values) / 1e9, max(values) / 1e9)
    for value, percent in ((made.median, 50), (made.p95, 95)):
        assert 100 * sum(each / 1e9 <= value for each in values) >= percent * len(values)
        assert 100 * sum(each / 1e9 < value for each in values) < percent * len(values)


def test_evenly_fewer_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delays, "KEPT", 16)
    count = DelayCount()
    for value in range(1000):
        count.add(value)
        assert len(count._kept) <= 16
    made = count.record()
    assert made is not None
    assert (made.count, made.least, made.most) == (1000, 0, 999e-9)
    assert made.median == pytest.approx(500e-9, abs=70e-9)
    assert made.p95 == pytest.approx(950e-9, abs=70e-9)
    steps = {after - before for before, after in zip(count._kept, count._kept[1:], strict=False)}
    assert steps == {64}
