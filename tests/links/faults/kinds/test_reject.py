"""Reject: nobody is there, for the first so many or for all."""

from __future__ import annotations

import asyncio

from netloom.links.faults.plan import Faults
from tests.links.faults.bench import END, Bench, on_bench

WHY = "reset on purpose (fault reject)"


def _ends(*faults: str, connections: int = 4) -> list[bool]:
    async def main() -> list[bool]:
        plan = Faults(faults)
        return [bool(Bench(plan=plan).end) for _ in range(connections)]

    found: list[bool] = on_bench(main)
    return found


def test_all_of_them() -> None:
    assert _ends("reject") == [True] * 4


def test_the_first_so_many() -> None:
    assert _ends("reject:2") == [True, True, False, False]


def test_among_some() -> None:
    assert _ends("reject:3:on=2-") == [False, True, True, False]


def test_a_share_of_them_which_repeats_with_its_seed() -> None:
    found = _ends("reject:chance=30%", connections=300)
    assert 60 < sum(found) < 120
    assert _ends("reject:chance=30%", connections=300) == found
    assert _ends("reject:chance=30%:seed=4", connections=300) != found


def test_datagrams_find_the_port_closed() -> None:
    async def main() -> None:
        bench = Bench("reject", kind="datagrams")
        assert bench.end == ""
        bench.say(b"x", to="server")
        assert (bench.pieces("server"), bench.end) == ([], WHY)

    on_bench(main)


def test_one_that_stands_is_broken_off_when_its_time_comes() -> None:
    async def main() -> None:
        bench = Bench("reject:start=5")
        bench.say(b"x")
        await asyncio.sleep(4.9)
        assert bench.end == ""
        await asyncio.sleep(0.2)
        assert (bench.heard(), bench.end) == (b"x", WHY)

    on_bench(main)


def test_a_while_later() -> None:
    async def main() -> None:
        bench = Bench("reject:delay=5")
        bench.say(b"x")
        await asyncio.sleep(4)
        assert (bench.pieces(), bench.end) == ([], "")
        await asyncio.sleep(2)
        assert (bench.pieces(), bench.end) == ([], WHY)

    on_bench(main)


def test_what_came_meanwhile_goes_on_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("reject:delay=5")
        bench.say(b"x", END)
        bench.plan.remove("reject")
        await asyncio.sleep(9)
        assert (bench.pieces(), bench.end) == ([b"x", END], "")

    on_bench(main)


def test_it_ends_when_it_is_lifted() -> None:
    async def main() -> None:
        plan = Faults(["reject"])
        assert Bench(plan=plan).end
        plan.remove("reject")
        assert not Bench(plan=plan).end

    on_bench(main)
