"""Reorder: later datagrams come first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.links.faults.bench import Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side

SAID: list[bytes | None] = [number.to_bytes(2, "big") for number in range(1000)]


def _order(fault: str, to: Side = "client") -> list[bytes | None]:
    return after(fault, said=SAID, kind="datagrams", to=to).pieces(to)


def test_each_lets_the_next_pass() -> None:
    assert after("reorder:1", said=[b"a", b"b", b"c", b"d"], kind="datagrams").pieces() == [b"b", b"a", b"d", b"c"]


def test_only_that_way() -> None:
    assert _order("reorder:1", "server") == SAID
    assert _order("reorder:1:to=server", "server") != SAID


def test_where_none_follows_it_comes_after_a_while() -> None:
    found = after("reorder:1:wait=3", said=[b"a"], kind="datagrams")
    assert found.came["client"] == [(3.0, b"a")]


@given(st.lists(st.binary(max_size=5)), st.floats(0, 1), st.integers())
def test_none_is_lost(pieces: list[bytes], share: float, seed: int) -> None:
    found = after(f"reorder:{share:.3f}:seed={seed}", said=list(pieces), kind="datagrams")
    assert sorted(piece or b"" for piece in found.pieces()) == sorted(pieces)


def test_it_repeats_with_its_seed() -> None:
    found = _order("reorder:30%")
    assert found != SAID
    assert set(found) == set(SAID)
    assert _order("reorder:30%") == found
    assert _order("reorder:30%:seed=5") != found


def test_what_is_held_back_goes_on_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("reorder:1:wait=60", kind="datagrams")
        bench.say(b"a")
        await asyncio.sleep(1)
        bench.plan.remove("reorder")
        bench.say(b"b", b"c")
        assert bench.came["client"] == [(1.0, b"a"), (1.0, b"b"), (1.0, b"c")]

    on_bench(main)
