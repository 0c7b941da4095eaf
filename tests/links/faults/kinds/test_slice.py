"""Slice: smaller pieces, the same octets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side


@pytest.mark.parametrize(("to", "expected"), [("client", [b"he", b"ll", b"o", END]), ("server", [b"hello", END])])
def test_pieces_are_cut(to: Side, expected: list[bytes | None]) -> None:
    assert after("slice:2", said=[b"hello", END], to=to).pieces(to) == expected


def test_slices_keep_their_distance() -> None:
    found = after("slice:1:delay=1s", said=[b"abc"])
    assert found.came["client"] == [(0.0, b"a"), (1.0, b"b"), (2.0, b"c")]


def test_sizes_vary_and_repeat_with_their_seed() -> None:
    def sizes(fault: str) -> list[int]:
        return [len(piece or b"") for piece in after(fault, said=[bytes(1000)]).pieces()]

    found = sizes("slice:10:vary=5")
    assert set(found[:-1]) == set(range(5, 16))
    assert sizes("slice:10:vary=5") == found
    assert sizes("slice:10:vary=5:seed=3") != found


@given(st.lists(st.binary(max_size=60)), st.integers(1, 70), st.integers(0, 70), st.sampled_from(["0", "10ms"]))
def test_joined_they_are_what_was_said(pieces: list[bytes], size: int, vary: int, delay: str) -> None:
    found = after(f"slice:{size}:vary={vary}:delay={delay}", said=[*pieces, END])
    assert found.heard() == b"".join(pieces)
    assert found.pieces()[-1] is END
    assert all(len(piece or b"") <= size + vary for piece in found.pieces())


def test_a_large_piece_is_not_cut_before_its_time() -> None:
    async def main() -> None:
        bench = Bench("slice:1:delay=1")
        bench.say(bytes(100_000_000))
        await asyncio.sleep(3)
        assert len(bench.pieces()) == 4
        bench.line.end()

    on_bench(main)


def test_the_rest_comes_whole_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("slice:1:delay=1")
        bench.say(b"abcdef")
        await asyncio.sleep(1)
        bench.plan.remove("slice")
        bench.say(b"gh")
        assert bench.pieces() == [b"a", b"b", b"cdef", b"gh"]

    on_bench(main)
