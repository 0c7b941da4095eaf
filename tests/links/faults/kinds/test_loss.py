"""Loss: counted for datagrams, waited for on streams."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side

SAID: list[bytes | None] = [number.to_bytes(2, "big") for number in range(2000)]


def _kept(fault: str, to: Side = "client") -> list[bytes | None]:
    return after(fault, said=SAID, kind="datagrams", to=to).pieces(to)


def test_as_many_are_lost_as_were_asked_for() -> None:
    assert 1300 < len(_kept("loss:30%")) < 1500
    assert _kept("loss:0") == SAID
    assert _kept("loss:100%") == []


def test_it_repeats_with_its_seed() -> None:
    assert _kept("loss:30%") == _kept("loss:30%") != _kept("loss:30%:seed=7")


def test_only_that_way() -> None:
    assert _kept("loss:30%", "server") == SAID
    assert len(_kept("loss:30%:to=both", "server")) < 1500


def test_a_lost_piece_of_a_stream_and_those_behind_it_come_later() -> None:
    async def main() -> None:
        bench = Bench("loss:100%:again=2")
        bench.say(b"one")
        await asyncio.sleep(1)
        bench.say(b"two", END)
        await asyncio.sleep(5)
        assert bench.came["client"] == [(2.0, b"one"), (3.0, b"two"), (3.0, END)]

    on_bench(main)


@given(st.lists(st.binary(max_size=9)), st.floats(0, 1), st.integers())
def test_a_stream_loses_nothing(pieces: list[bytes], share: float, seed: int) -> None:
    assert after(f"loss:{share:.3f}:seed={seed}", said=[*pieces, END]).pieces() == [*pieces, END]


@pytest.mark.parametrize("lifted", [True, False])
def test_it_ends_when_it_is_lifted(lifted: bool) -> None:
    async def main() -> None:
        bench = Bench("loss:100%", kind="datagrams")
        bench.say(b"one")
        if lifted:
            bench.plan.remove("loss")
        bench.say(b"two")
        assert bench.pieces() == ([b"two"] if lifted else [])
        bench.line.end()

    on_bench(main)
