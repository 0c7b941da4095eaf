"""Reset: streams break off, ports are closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side

WHY = "reset on purpose (fault reset)"


@pytest.mark.parametrize(("to", "heard", "end"), [("client", b"12345", WHY), ("server", b"1234567", "")])
def test_after_so_many_octets(to: Side, heard: bytes, end: str) -> None:
    found = after("reset:5", said=[b"123", b"4567"], to=to)
    assert (found.heard(to), found.end) == (heard, end)


def test_the_first_word_breaks_it() -> None:
    found = after("reset", said=[b"123"])
    assert (found.pieces(), found.end) == ([], WHY)


def test_an_end_is_no_word() -> None:
    assert after("reset", said=[END]).end == ""


def test_silence_before() -> None:
    async def main() -> None:
        bench = Bench("reset:3:delay=5")
        bench.say(b"12345", b"6")
        await asyncio.sleep(4)
        assert (bench.heard(), bench.end) == (b"123", "")
        await asyncio.sleep(2)
        assert (bench.heard(), bench.end) == (b"123", WHY)

    on_bench(main)


@given(st.lists(st.binary(max_size=9)), st.integers(0, 60))
def test_no_more_and_no_less(pieces: list[bytes], size: int) -> None:
    found = after(f"reset:{size}", said=list(pieces))
    whole = b"".join(pieces)
    assert found.heard() == whole[:size]
    assert bool(found.end) == (bool(pieces) and len(whole) >= size)


def test_a_port_that_closes() -> None:
    async def main() -> None:
        bench = Bench("reset:4:delay=5", kind="datagrams")
        bench.say(b"123", b"456", b"789")
        assert (bench.pieces(), bench.end) == ([b"123", b"456"], "")
        await asyncio.sleep(5)
        bench.say(b"0")
        assert (bench.pieces(), bench.end) == ([b"123", b"456"], WHY)

    on_bench(main)


@pytest.mark.parametrize("fault", ["reset:3:delay=9", "reset:5"])
def test_it_ends_when_it_is_lifted(fault: str) -> None:
    async def main() -> None:
        bench = Bench(fault)
        bench.say(b"123")
        bench.plan.remove("reset")
        bench.say(b"456")
        await asyncio.sleep(20)
        assert (bench.heard(), bench.end) == (b"123456", "")

    on_bench(main)


def test_what_came_in_the_silence_goes_on_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("reset:2:delay=9")
        bench.say(b"123", b"456", END)
        assert bench.heard() == b"12"
        bench.plan.remove("reset")
        assert (bench.pieces(), bench.end) == ([b"12", b"3", b"456", END], "")

    on_bench(main)
