"""Pairing: each packet once, as soon as it is clear, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.comparing import pairing
from netloom.packet.comparing.keys import Known
from netloom.packet.comparing.pairing import Pair, Pairing, Waiting
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    import pytest

Told = list[tuple[int | None, int | None]]


def packet(number: int, time: int, exact: str, loose: str = "", digest: bytes | None = b"") -> Waiting:
    return Waiting(number, time, Frame(b"x", time, 1, 1), Known((exact,), (loose,) if loose else None, digest))


def numbers(pairs: list[Pair]) -> Told:
    return [(first.number if first else None, second.number if second else None) for first, second in pairs]


def test_a_pair_is_told_at_once_and_the_lonely_after_the_window() -> None:
    made = Pairing(10)
    assert made.add(0, packet(1, 0, "a"), 0) == []
    assert made.add(0, packet(2, 1, "b"), 1) == []
    assert numbers(made.add(1, packet(1, 2, "b"), 2)) == [(2, 1)]
    assert made.add(1, packet(2, 10, "c"), 10) == []
    assert numbers(made.add(1, packet(3, 11, "d"), 11)) == [(1, None)]
    assert numbers(made.finish()) == [(None, 2), (None, 3)]


def test_the_same_payload_is_looked_for_before_the_first_alike() -> None:
    made = Pairing(10)
    made.add(0, packet(1, 0, "a", digest=b"1"), 0)
    made.add(0, packet(2, 0, "a", digest=b"2"), 0)
    made.add(0, packet(3, 0, "a", digest=None), 0)
    assert numbers(made.add(1, packet(1, 1, "a", digest=b"2"), 1)) == [(2, 1)]
    assert numbers(made.add(1, packet(2, 1, "a", digest=b"9"), 1)) == [(3, 2)]
    assert numbers(made.add(1, packet(3, 1, "a", digest=None), 1)) == [(1, 3)]
    assert made.finish() == []


def test_with_another_payload_it_is_the_same_packet_if_nothing_fits_better() -> None:
    made = Pairing(10)
    made.add(0, packet(1, 0, "a", "x"), 0)
    made.add(0, packet(2, 0, "b", "x"), 0)
    made.add(1, packet(1, 1, "c", "x"), 1)
    assert numbers(made.add(1, packet(2, 2, "a", "x"), 2)) == [(1, 2)]
    assert numbers(made.finish()) == [(2, 1)]


def test_order() -> None:
    made = Pairing(10)
    for number, name in enumerate("abcd", 1):
        made.add(0, packet(number, number, name), number)
    for number, name in enumerate("bacd", 1):
        made.add(1, packet(number, 4 + number, name), 4 + number)
    made.finish()
    assert made.reordered == 1


def test_no_more_wait_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "WAITING", 5)
    made = Pairing(10**9)
    told: Told = []
    for number in range(20):
        told += numbers(made.add(0, packet(number, number, str(number)), number))
        assert len(made._sides[0].queue) <= 6
    told += numbers(made.finish())
    assert told == [(number, None) for number in range(20)]
    assert made.early == 14


def test_nor_more_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "OCTETS", 3)
    made = Pairing(10**9)
    told = [pair for number in range(9) for pair in made.add(0, packet(number, number, str(number)), number)]
    assert len(told) == made.early == 5


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 3), st.sampled_from("abc"), st.sampled_from(["", "x"])), max_size=60
    )
)
def test_each_is_told_once_and_nothing_is_kept(events: list[tuple[int, int, str, str]]) -> None:
    made = Pairing(4)
    now = 0
    told: list[Pair] = []
    for number, (side, later, name, loose) in enumerate(events):
        now += later
        told += made.add(side, packet(number, now, name + loose, loose, name.encode()), now)
    told += made.finish()
    seen = [side.number for pair in told for side in pair if side is not None]
    assert sorted(seen) == list(range(len(events)))
    assert all(first is None or second is None or abs(first.time - second.time) <= 8 for first, second in told)
    for left in made._sides:
        assert (left._exact, left._loose, left._octets) == ({}, {}, 0)
    assert made._order == []
