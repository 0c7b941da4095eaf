"""Corrupt: bits that turn over, the same ones however the stream is cut."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Kind, Side

ZEROS = bytes(100_000)


def _turned(fault: str, said: list[bytes | None] | None = None, to: Side = "client") -> bytes:
    return after(fault, said=[ZEROS] if said is None else said, to=to).heard(to)


@pytest.mark.parametrize("kind", ["stream", "datagrams"])
def test_as_many_octets_differ_by_a_bit_as_were_asked_for(kind: Kind) -> None:
    found = after("corrupt:1%", said=[ZEROS], kind=kind).heard()
    assert len(found) == len(ZEROS)
    hit = [octet for octet in found if octet]
    assert 800 < len(hit) < 1200
    assert {octet.bit_count() for octet in hit} == {1}
    assert len(set(hit)) == 8


def test_bounds() -> None:
    assert _turned("corrupt:0") == ZEROS
    assert 0 not in _turned("corrupt:1")


def test_it_repeats_with_its_seed() -> None:
    assert _turned("corrupt:1%") == _turned("corrupt:1%") != _turned("corrupt:1%:seed=1")


def test_only_that_way() -> None:
    assert _turned("corrupt:1%", to="server") == ZEROS
    assert _turned("corrupt:1%:to=both", to="server") != ZEROS


def test_some_pass_unharmed_before() -> None:
    found = _turned("corrupt:1:after=5", [bytes(3), bytes(3), bytes(3)])
    assert found[:5] == bytes(5)
    assert 0 not in found[5:]


@given(st.lists(st.integers(0, 3000), max_size=9), st.integers(0, 50))
def test_it_depends_on_the_seed_and_not_on_the_pieces(cuts: list[int], seed: int) -> None:
    fault, whole = f"corrupt:1%:seed={seed}", bytes(3000)
    places = [0, *sorted(cuts), 3000]
    pieces: list[bytes | None] = [whole[first:last] for first, last in itertools.pairwise(places)]
    assert _turned(fault, [*pieces, END]) == _turned(fault, [whole])


def test_it_ends_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("corrupt:1")
        bench.say(b"\0")
        bench.plan.remove("corrupt")
        bench.say(b"\0")
        assert bench.heard()[0]
        assert bench.heard()[1] == 0

    on_bench(main)
