"""Pieces: the first to come counts, whatever overlaps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.streams.pieces import OVERHEAD, Pieces, unequal


@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=30)), max_size=30))
def test_the_first_counts(pieces: list[tuple[int, bytes]]) -> None:
    held = Pieces()
    there: dict[int, int] = {}
    for start, data in pieces:
        known = {start + at: octet for at, octet in enumerate(data) if start + at in there}
        overlap = held.add(start, data)
        assert overlap.octets == len(known)
        assert overlap.differing == sum(there[place] != octet for place, octet in known.items())
        for at, octet in enumerate(data):
            there.setdefault(start + at, octet)
        assert held.cost == len(there) + OVERHEAD * len(held)
        assert held.octets == len(there)
        assert held.first == min(there)
    run = 0
    while run in there:
        run += 1
    taken = held.take(0)
    assert b"".join(piece.data for piece in taken) == bytes(there[place] for place in range(run))
    assert held.octets == len(there) - run
    held.clear()
    assert not held
    assert not held.cost


def test_reach_ends_at_a_gap() -> None:
    held = Pieces()
    for start in (8, 0, 4, 20):
        held.add(start, b"abcd")
    assert held.reach() == 12
    assert len(held) == 4


def test_unequal() -> None:
    assert unequal(b"abc", b"axc") == 1
    assert unequal(b"", b"") == 0
