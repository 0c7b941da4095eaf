"""Steps are done one by one, and each is asked for once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.captures.steps import steps
from netloom.packet.reading import Reading
from netloom.packet.stepwise import PAUSE, Pauses, Stepwise
from tests.packet import talks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


class Counting(Stepwise[int]):
    """Brings numbers, some at a time."""

    def work(self) -> Iterator[list[int]]:
        yield [1, 2]
        yield []
        yield [3]


def test_each_step_brings_its_own(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path)) as reading:
        counting = Counting(reading)
        assert counting.size == reading.size > 0
        taken = []
        while counting.step():
            taken.append(counting.take())
        assert taken == [[1, 2], [], [3]]
        assert counting.take() == []


async def test_they_are_done_beside_a_loop(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path)) as reading:
        counting = Counting(reading)
        positions = [position async for position in steps(counting)]
        assert len(positions) == 4
        assert counting.take() == [1, 2, 3]


def test_pauses_come_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("netloom.packet.stepwise.time.monotonic", lambda: now[0])
    pause = Pauses()
    asked = []
    for _ in range(8):
        now[0] += PAUSE / 3
        asked.append(pause())
    assert asked == [False, False, True] * 2 + [False, False]
