"""Latency: measured on the virtual clock, each way, with jitter that repeats itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Kind, Side


@pytest.mark.parametrize("kind", ["stream", "datagrams"])
@pytest.mark.parametrize(("to", "late"), [("client", 1.5), ("server", 0.0)])
def test_what_is_said_arrives_later_that_way(kind: Kind, to: Side, late: float) -> None:
    assert after("latency:1.5", said=[b"x"], kind=kind, to=to).came[to] == [(late, b"x")]


def test_both_ways() -> None:
    async def main() -> None:
        bench = Bench("latency:2:to=both")
        bench.say(b"there", to="server")
        await asyncio.sleep(2)
        bench.say(b"back")
        await asyncio.sleep(2)
        assert bench.came == {"server": [(2.0, b"there")], "client": [(4.0, b"back")]}

    on_bench(main)


def test_the_end_is_late_as_well() -> None:
    async def main() -> None:
        bench = Bench("latency:2")
        bench.say(b"x")
        await asyncio.sleep(0.5)
        bench.say(END)
        await asyncio.sleep(3)
        assert bench.came["client"] == [(2.0, b"x"), (2.5, END)]

    on_bench(main)


def _moments(fault: str) -> list[float]:
    async def main() -> list[float]:
        bench = Bench(fault)
        for number in range(50):
            bench.say(bytes([number]))
            await asyncio.sleep(1)
        await asyncio.sleep(10)
        assert bench.heard() == bytes(range(50))
        return [round(moment - number, 9) for number, (moment, _) in enumerate(bench.came["client"])]

    found: list[float] = on_bench(main)
    return found


def test_jitter_varies_within_its_bounds_and_repeats_with_its_seed() -> None:
    delays = _moments("latency:0.5:jitter=0.4")
    assert min(delays) >= 0.1
    assert max(delays) <= 0.9
    assert len(set(delays)) > 40
    assert _moments("latency:0.5:jitter=0.4") == delays
    assert _moments("latency:0.5:jitter=0.4:seed=1") != delays


@given(st.lists(st.binary(max_size=20)), st.floats(0, 10), st.floats(0, 10))
def test_jitter_keeps_the_order(pieces: list[bytes], delay: float, jitter: float) -> None:
    found = after(f"latency:{delay:.3f}:jitter={jitter:.3f}", said=[*pieces, END])
    assert found.pieces() == [*pieces, END]


def test_what_was_late_goes_on_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("latency:60")
        bench.say(b"one")
        await asyncio.sleep(1)
        bench.plan.remove("latency")
        bench.say(b"two")
        assert bench.came["client"] == [(1.0, b"one"), (1.0, b"two")]

    on_bench(main)
