"""Times that are moved and stretched."""

from __future__ import annotations

from datetime import datetime

import pytest

from netloom.errors import UsageError
from netloom.packet.rewriting.times import Times, moment, nanoseconds

TIMES = [1_700_000_000_123_456_789, 1_700_000_001_123_456_789, 1_700_000_000_123_456_000]


def of(times: Times) -> list[int]:
    return [times.of(time) - TIMES[0] for time in TIMES]


def test_gaps_stay_or_are_stretched() -> None:
    assert of(Times(shift=5)) == [5, 1_000_000_005, 5 - 789]
    assert of(Times(at=TIMES[0] - 7)) == [-7, 999_999_993, -796]
    assert of(Times(speed=2)) == [0, 500_000_000, -394]
    assert of(Times(speed=0.1)) == [0, 10_000_000_000, -7890]


def test_seconds_are_taken_as_they_were_spelled() -> None:
    assert nanoseconds(0.1) == 100_000_000
    assert nanoseconds(-3600.000001) == -3_600_000_001_000
    assert nanoseconds(1e9) == 10**18


def test_moments() -> None:
    assert moment("0.000000001") == 1
    assert moment("1700000000.123456789") == TIMES[0]
    assert moment("2023-11-14T22:13:20.5Z") == 1_700_000_000_500_000_000
    assert moment("2023-11-14T23:13:20+01:00") == 1_700_000_000_000_000_000
    here = datetime(2023, 11, 14, 22, 13, 20).astimezone()
    assert moment("2023-11-14 22:13:20") == round(here.timestamp()) * 10**9


@pytest.mark.parametrize("text", ["yesterday", "nan", "inf", "", "2023-13-01"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        moment(text)
