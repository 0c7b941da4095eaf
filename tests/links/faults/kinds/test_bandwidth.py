"""Bandwidth: how long octets take, what waits meanwhile, and what finds no room."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.links.faults.way import HELD
from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side


@pytest.mark.parametrize(("to", "took"), [("client", 10.0), ("server", 0.0)])
def test_octets_take_their_time(to: Side, took: float) -> None:
    found = after("bandwidth:1000", said=[bytes(4000), bytes(6000)], to=to)
    assert found.came[to][-1][0] == pytest.approx(took)
    assert len(found.heard(to)) == 10_000


def test_a_long_piece_comes_bit_by_bit() -> None:
    found = after("bandwidth:1000", said=[bytes(1000)])
    moments = [moment for moment, _ in found.came["client"]]
    assert max(later - sooner for sooner, later in itertools.pairwise([0.0, *moments])) <= 0.021


def test_what_is_slower_than_it_passes_at_its_own_pace() -> None:
    async def main() -> None:
        bench = Bench("bandwidth:1000")
        for _ in range(5):
            bench.say(bytes(20))
            await asyncio.sleep(1)
        assert [round(moment, 6) for moment, _ in bench.came["client"]] == [0.02, 1.02, 2.02, 3.02, 4.02]

    on_bench(main)


def test_a_datagram_comes_whole() -> None:
    found = after("bandwidth:1000", said=[bytes(500), b"", bytes(500)], kind="datagrams")
    assert found.pieces() == [bytes(500), b"", bytes(500)]
    assert [moment for moment, _ in found.came["client"]] == pytest.approx([0.5, 0.5, 1.0])


def test_a_source_that_is_faster_is_told_to_wait() -> None:
    async def main() -> None:
        bench = Bench("bandwidth:100KiB")
        bench.say(bytes(HELD["stream"]))
        assert bench.waits == [("client", True)]
        await asyncio.sleep(20)
        assert bench.waits == [("client", True), ("client", False)]

    on_bench(main)


@given(st.lists(st.binary(max_size=200)), st.integers(1, 5000))
def test_all_arrives_in_order(pieces: list[bytes], rate: int) -> None:
    found = after(f"bandwidth:{rate}", said=[*pieces, END])
    assert found.heard() == b"".join(pieces)
    assert found.pieces()[-1] is END


def test_it_goes_on_at_once_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("bandwidth:10")
        bench.say(bytes(range(100)), END)
        await asyncio.sleep(5)
        assert len(bench.heard()) == 50
        bench.plan.remove("bandwidth")
        assert bench.heard() == bytes(range(100))
        assert bench.pieces()[-1] is END

    on_bench(main)
