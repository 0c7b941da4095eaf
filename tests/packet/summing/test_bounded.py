"""Bounded counts: the heaviest stay, and what is lost is told."""

from __future__ import annotations

from netloom.packet.summing.bounded import Counts, Sets


def test_the_heaviest_stay() -> None:
    counts: Counts[str] = Counts(4)
    for name, count in (("a", 5), ("b", 1), ("c", 9), ("d", 2)):
        counts.add(name, count)
    assert counts.lost == 0
    counts.add("e")
    assert counts.lost == 2
    assert counts.most(9) == [("c", 9), ("a", 5), ("e", 1)]
    assert counts.sum() == 15
    assert "b" not in counts


def test_equals_are_in_the_order_of_their_keys() -> None:
    counts: Counts[int] = Counts()
    for key in (3, 1, 2):
        counts.add(key)
    assert [key for key, _ in counts.most(3)] == [1, 2, 3]


def test_memory_is_bounded_whatever_comes() -> None:
    counts: Counts[int] = Counts(100)
    for key in range(10_000):
        counts.add(key)
        assert len(counts) <= 100
    assert counts.lost >= 9_900


def test_sets_share_room() -> None:
    sets = Sets(3)
    first: set[int] = set()
    second: set[int] = set()
    for member in (1, 2, 1, 1):
        sets.join(first, member)
    sets.join(second, 1)
    sets.join(second, 2)
    assert (first, second, sets.lost) == ({1, 2}, {1}, 1)
    sets.join(first, 2)
    assert sets.lost == 1
    small: set[int] = set()
    Sets(9).join(small, 1, 0)
    assert not small
