"""When a fault holds, and for whom."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.links.faults.kinds.duplicate import Duplicate
from netloom.links.faults.kinds.latency import Latency
from netloom.links.faults.kinds.stall import Stall
from netloom.links.faults.placed import Placed
from netloom.links.faults.plan import Faults
from tests.links.faults.bench import Bench, on_bench


def test_start_and_end_are_counted_once_for_all() -> None:
    async def main() -> None:
        plan = Faults(["stall:start=10:end=20"])
        first = Bench(plan=plan)
        await asyncio.sleep(9)
        first.say(b"a")
        second = Bench(plan=plan)
        await asyncio.sleep(2)
        first.say(b"b")
        second.say(b"c")
        assert (first.heard(), second.heard()) == (b"a", b"")
        await asyncio.sleep(9)
        assert (first.came["client"], second.came["client"]) == ([(9.0, b"a"), (20.0, b"b")], [(20.0, b"c")])
        third = Bench(plan=plan)
        third.say(b"d")
        assert third.heard() == b"d"

    on_bench(main)


def test_placed_while_something_runs_time_begins_at_once() -> None:
    async def main() -> None:
        bench = Bench()
        await asyncio.sleep(100)
        bench.plan.add("stall:start=5:end=9")
        await asyncio.sleep(4)
        bench.say(b"a")
        await asyncio.sleep(2)
        bench.say(b"b")
        assert bench.heard() == b"a"
        await asyncio.sleep(4)
        assert bench.came["client"] == [(104.0, b"a"), (109.0, b"b")]

    on_bench(main)


def test_placed_before_anything_runs_time_begins_with_the_first_connection() -> None:
    plan = Faults(["stall:start=5"])

    async def main() -> None:
        await asyncio.sleep(100)
        bench = Bench(plan=plan)
        await asyncio.sleep(4)
        bench.say(b"a")
        await asyncio.sleep(2)
        bench.say(b"b")
        assert bench.heard() == b"a"

    on_bench(main)


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0.001, 1e5))
def test_it_holds_from_the_moment_on_at_which_it_turns(since: float, start: float, lasts: float) -> None:
    placed = Placed("x", Stall(start=start, end=start + lasts))
    placed.since = since
    begins, ends = since + start, since + (start + lasts)
    assert placed.holds(begins)
    assert not placed.holds(ends)
    assert placed.turns(begins) == ends
    assert placed.turns(ends) is None


def test_without_moments_it_stays() -> None:
    placed = Placed("x", Stall())
    assert placed.holds(3)
    assert placed.turns(3) is None


@pytest.mark.parametrize(
    ("on", "numbers"), [("", [1, 2, 3, 4, 5]), ("2", [2]), ("2-4", [2, 3, 4]), ("3-", [3, 4, 5]), ("1-1", [1])]
)
def test_by_number(on: str, numbers: list[int]) -> None:
    async def main() -> None:
        plan = Faults([Latency(delay=1, on=on)])
        lines = [Bench(plan=plan).line for _ in range(5)]
        (placed,) = plan
        assert [line.number for line in lines if placed.is_for(line)] == numbers
        assert placed.is_for(None) == (not on)

    on_bench(main)


def test_by_chance_which_repeats_with_its_seed() -> None:
    async def main(seed: int, chance: float = 0.3) -> list[int]:
        plan = Faults([Latency(delay=1, chance=chance, seed=seed)])
        (placed,) = plan
        assert placed.is_for(None) == (chance == 1)
        return [line.number for line in (Bench(plan=plan).line for _ in range(1000)) if placed.is_for(line)]

    found = on_bench(lambda: main(1))
    assert 240 < len(found) < 360
    assert on_bench(lambda: main(1)) == found
    assert on_bench(lambda: main(2)) != found
    assert on_bench(lambda: main(1, 0.0)) == []
    assert len(on_bench(lambda: main(1, 1.0))) == 1000


def test_by_what_passes() -> None:
    async def main() -> None:
        placed = Placed("x", Duplicate())
        assert not placed.is_for(Bench().line)
        assert placed.is_for(Bench(kind="datagrams").line)

    on_bench(main)
