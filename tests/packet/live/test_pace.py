"""Pace on a clock of the test's own: when, how long, and what becomes of lost time."""

from __future__ import annotations

import threading
import time

from netloom.packet.live.pace import Pace


class Clock:
    """It goes on by a microsecond whenever it is looked at, and by as much as is slept."""

    def __init__(self) -> None:
        self.now = 1_000_000_000

    def __call__(self) -> int:
        self.now += 1000
        return self.now


def paced() -> tuple[Pace, Clock, list[float]]:
    clock, slept = Clock(), list[float]()
    made = Pace(clock)

    def wait(seconds: float | None = None) -> bool:
        slept.append(seconds or 0.0)
        clock.now += int((seconds or 0.0) * 1e9)
        return False

    made.stopped.wait = wait  # type: ignore[method-assign, assignment]
    return made, clock, slept


def test_the_first_leaves_at_once() -> None:
    made, _, slept = paced()
    assert made.wait(0)
    assert slept == []


def test_each_leaves_within_microseconds_of_its_time() -> None:
    made, clock, slept = paced()
    made.wait(0)
    began = clock.now
    for number in range(1, 100):
        assert made.wait(number * 250_000)
        assert abs(clock.now - began - number * 250_000) <= 3000
    assert all(seconds < 0.00025 for seconds in slept)


def test_a_little_lost_time_is_made_up_for() -> None:
    made, clock, slept = paced()
    made.wait(0)
    clock.now += 50_000_000
    began = clock.now
    for number in range(1, 51):
        made.wait(number * 1_000_000)
    assert clock.now - began < 3_000_000
    assert slept == []


def test_much_of_it_isn_t() -> None:
    made, clock, _ = paced()
    made.wait(0)
    clock.now += 10_000_000_000
    made.wait(1_000_000)
    began = clock.now
    made.wait(2_000_000)
    assert 900_000 <= clock.now - began <= 1_100_000


def test_it_may_begin_later_than_at_nothing() -> None:
    made, clock, slept = paced()
    assert made.wait(5_000_000)
    assert slept == []
    began = clock.now
    made.wait(6_000_000)
    assert 900_000 <= clock.now - began <= 1_100_000


def test_stopping_ends_the_wait() -> None:
    made = Pace()
    made.wait(0)
    threading.Timer(0.05, made.stop).start()
    began = time.monotonic()
    assert not made.wait(3_600_000_000_000)
    assert time.monotonic() - began < 60
    assert not made.wait(0)


def test_elapsed() -> None:
    made, _, _ = paced()
    assert made.elapsed() == 0.0
    made.wait(0)
    made.wait(2_000_000_000)
    assert 2.0 <= made.elapsed() < 2.1
