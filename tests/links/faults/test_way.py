"""One way: acts in their order, what is held back on it, and chance that repeats itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.links.faults.kinds.loss import Loss
from netloom.links.faults.plan import Faults
from netloom.links.faults.way import HELD, PIECE
from tests.links.faults.bench import Bench, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Kind


@pytest.mark.parametrize("kind", ["stream", "datagrams"])
def test_a_source_waits_while_too_much_is_held_back(kind: Kind) -> None:
    async def main() -> None:
        bench = Bench("latency:5", kind=kind)
        bench.say(bytes(HELD[kind] - PIECE))
        assert bench.waits == []
        bench.say(b"")
        assert bench.waits == [("client", True)]
        await asyncio.sleep(6)
        assert bench.waits == [("client", True), ("client", False)]
        assert bench.line.way("client").held == 0

    on_bench(main)


def test_many_small_pieces_count_for_what_they_take() -> None:
    async def main() -> None:
        bench = Bench("stall")
        for _ in range(HELD["stream"] // PIECE):
            bench.say(b"x")
        assert bench.waits == [("client", True)]
        bench.line.end()

    on_bench(main)


def test_acts_that_stood_stay_as_they_are() -> None:
    async def main() -> None:
        bench = Bench("limit:5")
        bench.say(b"123")
        bench.plan.add("latency:1")
        bench.say(b"456")
        await asyncio.sleep(2)
        assert (bench.heard(), bench.end) == (b"12345", "hung up")

    on_bench(main)


def test_what_is_lifted_goes_through_those_behind_it() -> None:
    async def main() -> None:
        bench = Bench("stall", "latency:2")
        bench.say(b"x")
        await asyncio.sleep(1)
        bench.plan.remove("stall")
        bench.say(b"y")
        await asyncio.sleep(5)
        assert bench.came["client"] == [(3.0, b"x"), (3.0, b"y")]

    on_bench(main)


def test_chance_is_the_same_for_the_same_way_of_the_same_connection() -> None:
    async def main() -> None:
        plan, other = Faults(), Faults()
        first, second, again = Bench(plan=plan).line, Bench(plan=plan).line, Bench(plan=other).line

        def number(fault: Loss, *ways: object) -> list[float]:
            return [way.random(fault).random() for way in ways]  # type: ignore[attr-defined]  # ways all

        ways = [first.way("client"), first.way("server"), second.way("client"), again.way("client")]
        found = number(Loss(share=0.5), *ways)
        assert len(set(found)) == 3
        assert found[0] == found[3]
        assert found[0] != number(Loss(share=0.5, seed=1), first.way("client"))[0]

    on_bench(main)
