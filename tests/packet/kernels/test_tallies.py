"""Tallies hold what their plain twin holds, entry by entry, also when there is no room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netloom.packet.kernels.tallied import ADD, BESIDE, EARLIEST, LEAST, MOST
from netloom.packet.kernels.tallies import Tally
from netloom.packet.summing.bounded import Held, Members, Sets

if TYPE_CHECKING:
    from netloom.packet.kernels.call import Array

ROOT = Path(__file__).resolve().parents[3]
KINDS = (ADD, LEAST, MOST, EARLIEST, BESIDE)
HUGE = (0, 1, -1, 7, (1 << 63) - 1, -(1 << 63))


class Value:
    """What the twin keeps of a key."""

    def __init__(self) -> None:
        self.numbers: list[int] | None = None
        self.members: Members[tuple[int, int]] = Members()

    def take(self, added: int, least: int, most: int, earliest: tuple[int, int]) -> None:
        if self.numbers is None:
            self.numbers = [added, least, most, *earliest]
            return
        before = self.numbers
        self.numbers = [
            before[0] + added, min(before[1], least), max(before[2], most), *min((before[3], before[4]), earliest),
        ]  # fmt: skip

    @property
    def weight(self) -> int:
        return self.numbers[0] if self.numbers else 0


def entries(random: Random, count: int, keys: int, members: int) -> tuple[Array, Array, Array]:
    """Keys of three words, numbers, and members, of which some are common and some aren't."""
    drawn = [min(random.randrange(keys), random.randrange(keys)) for _ in range(count)]
    words = [[number % 3, -number, random.choice(HUGE) if random.random() < 0.1 else number] for number in drawn]
    numbers = [[random.randrange(5), *(random.randrange(-9, 9) for _ in range(4))] for _ in range(count)]
    told = [[random.choice(HUGE), random.randrange(members)] for _ in range(count)]
    return np.array(words, np.int64), np.array(numbers, np.int64), np.array(told, np.int64)


def compared(random: Random, *, by_members: bool) -> tuple[int, int]:
    """Both ways give the same; how many keys and members were too many."""
    room, most, apart = random.choice([2, 5, 16, 64]), random.choice([1, 4, 30, 500]), random.choice([1, 2, 7, 100])
    tally = Tally(3, KINDS, () if by_members else (0,), room, (most, apart))
    sets = Sets(most)
    held: Held[tuple[int, ...], Value] = Held(
        Value,
        (lambda value: len(value.members)) if by_members else (lambda value: value.weight),
        room,
        lambda value: sets.leave(value.members),
    )
    for _ in range(random.randrange(1, 6)):
        keys, numbers, members = entries(random, random.randrange(300), random.choice([3, 40, 400]), 12)
        tally.add(keys, numbers, members)
        for key, (added, least, greatest, first, beside), member in zip(
            keys.tolist(), numbers.tolist(), members.tolist(), strict=True
        ):
            value = held[tuple(key)]
            value.take(added, least, greatest, (first, beside))
            sets.join(value.members, tuple(member), apart)
    wanted = [
        [*key, *(value.numbers or ()), len(value.members), *next(iter(value.members))] for key, value in held.items()
    ]
    assert tally.rows.tolist() == wanted
    assert (tally.lost, tally.left_out) == (held.lost, sets.lost)
    return tally.lost, tally.left_out


@pytest.mark.parametrize("by_members", [False, True])
def test_both_ways_hold_the_same(by_members: bool) -> None:
    lost = [compared(Random(seed), by_members=by_members) for seed in range(120)]
    assert sum(keys > 0 for keys, _ in lost) > 30
    assert sum(members > 0 for _, members in lost) > 30
    assert (0, 0) in lost


def test_without_members() -> None:
    tally = Tally(1, [ADD], (0,), 4)
    for key in range(9):
        tally.add(np.array([[key], [key]]), np.array([[key], [1]]))
    assert tally.rows.tolist() == [[7, 8], [6, 7], [8, 9]]
    assert (tally.lost, tally.left_out) == (6, 0)
    tally.add(np.empty((0, 1), np.int64), np.empty((0, 1), np.int64))
    assert len(tally.rows) == 3


def test_memory_is_bounded_whatever_comes() -> None:
    tally = Tally(2, [ADD], (0,), 100, (50, 1000))
    random = np.random.default_rng(1)
    for _ in range(50):
        keys = random.integers(0, 1 << 40, (1000, 2))
        keys[:500] = 7
        tally.add(keys, np.ones((1000, 1), np.int64), random.integers(0, 1 << 40, (1000, 2)))
        assert len(tally.rows) <= 100
        assert (tally.rows[:, -3] - 1).sum() <= 50
    assert tally.lost > 20_000
    assert tally.left_out > 20_000


def test_every_index_is_within_its_array(tmp_path: Path) -> None:
    """Numba checks them."""
    script = (
        "from random import Random\n"
        "from tests.packet.kernels.test_tallies import compared\n"
        "print(sum(keys > 0 for keys, _ in [compared(Random(seed), by_members=seed % 2 > 0) for seed in range(30)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 5
