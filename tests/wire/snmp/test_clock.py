"""The time window of RFC 3414 §2.2.3, on both sides."""

from __future__ import annotations

import pytest

from netloom.wire.snmp.clock import LATCHED, WINDOW, Clock, OwnClock


class TestOurOwn:
    @pytest.mark.parametrize(
        ("boots", "time", "good"),
        [
            (3, 1000, True),
            (3, 1000 - WINDOW, True),
            (3, 1000 + WINDOW, True),
            (3, 1000 - WINDOW - 1, False),
            (3, 1000 + WINDOW + 1, False),
            (2, 1000, False),
            (4, 1000, False),
        ],
    )
    def test_the_window(self, boots: int, time: int, good: bool) -> None:
        assert OwnClock(3, 50.0).in_time(boots, time, 1050.5) is good

    def test_a_clock_that_has_ended(self) -> None:
        assert not OwnClock(LATCHED, 0.0).in_time(LATCHED, 5, 5.0)

    def test_seconds_run_over_into_boots(self) -> None:
        assert OwnClock(3, 0.0).at(float(LATCHED)) == (4, 0)
        assert OwnClock(LATCHED - 1, 0.0).at(float(LATCHED) * 5)[0] == LATCHED


class TestAnothers:
    def test_a_guess_is_replaced_by_what_is_proven(self) -> None:
        clock = Clock(9, 9000, 0.0)
        assert clock.at(10.0) == (9, 9010)
        assert clock.in_time(3, 100, 10.0)
        assert clock.at(20.0) == (3, 110)

    def test_what_was_played_again_is_too_old(self) -> None:
        clock = Clock(0, 0, 0.0)
        assert clock.in_time(3, 1000, 0.0)
        assert clock.in_time(3, 1000 - WINDOW, 0.0)
        assert not clock.in_time(3, 1000 - WINDOW - 1, 0.0)
        assert not clock.in_time(2, 5000, 0.0)
        assert clock.in_time(3, 1000, float(WINDOW))
        assert not clock.in_time(3, 1000, WINDOW + 1.0)

    def test_a_new_start_is_learnt(self) -> None:
        clock = Clock(0, 0, 0.0)
        assert clock.in_time(3, 1000, 0.0)
        assert clock.in_time(4, 0, 1.0)
        assert not clock.in_time(3, 1001, 1.0)

    def test_a_clock_that_has_ended(self) -> None:
        assert not Clock(0, 0, 0.0).in_time(LATCHED, 1, 0.0)
