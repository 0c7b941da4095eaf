"""Stall: silence, for ever, for a while or until it is lifted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.links.faults.way import HELD
from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side


@pytest.mark.parametrize(("to", "heard"), [("client", [b"123", b"45"]), ("server", [b"123", b"4567", END])])
def test_after_so_many_octets(to: Side, heard: list[bytes | None]) -> None:
    found = after("stall:5", said=[b"123", b"4567", END], to=to)
    assert (found.pieces(to), found.end) == (heard, "")


def test_a_stream_that_ends_before_ends() -> None:
    assert after("stall:5", said=[b"123", END]).pieces() == [b"123", END]


def test_datagrams_pass_whole_or_not_at_all() -> None:
    assert after("stall:4", said=[b"123", b"456", b"7"], kind="datagrams").pieces() == [b"123", b"456"]


def test_a_silence_that_ends_with_the_stream() -> None:
    async def main() -> None:
        bench = Bench("stall:2:close=5")
        bench.say(b"123")
        await asyncio.sleep(4)
        assert bench.end == ""
        await asyncio.sleep(1)
        assert (bench.heard(), bench.end) == (b"12", "hung up")

    on_bench(main)


@given(st.lists(st.binary(max_size=9)), st.integers(0, 60))
def test_it_goes_on_when_it_is_lifted(pieces: list[bytes], size: int) -> None:
    whole = b"".join(pieces)

    async def main() -> None:
        bench = Bench(f"stall:{size}")
        bench.say(*pieces, END)
        await asyncio.sleep(9)
        assert bench.heard() == whole[:size]
        bench.plan.remove("stall")
        assert bench.heard() == whole
        assert bench.pieces().count(END) == 1
        assert bench.pieces()[-1] is END

    on_bench(main)


def test_lifting_it_ends_its_silence() -> None:
    async def main() -> None:
        bench = Bench("stall:close=5")
        bench.say(b"1")
        bench.plan.remove("stall")
        await asyncio.sleep(9)
        assert (bench.heard(), bench.end) == (b"1", "")

    on_bench(main)


def test_it_holds_back_no_more_than_it_may() -> None:
    async def main() -> None:
        bench = Bench("stall")
        bench.say(bytes(HELD["stream"]))
        assert bench.waits == [("client", True)]
        bench.plan.remove("stall")
        assert bench.waits == [("client", True), ("client", False)]

    on_bench(main)


def test_what_is_held_back_is_lost_with_the_connection() -> None:
    async def main() -> None:
        bench = Bench("stall")
        bench.say(b"1", END)
        bench.line.end()
        assert bench.pieces() == []

    on_bench(main)


def test_silence_begins_with_the_connection_where_nothing_may_pass() -> None:
    async def main() -> None:
        bench = Bench("stall:close=5")
        await asyncio.sleep(4.9)
        bench.say(b"1")
        assert bench.end == ""
        await asyncio.sleep(0.2)
        assert (bench.pieces(), bench.end) == ([], "hung up")

    on_bench(main)
