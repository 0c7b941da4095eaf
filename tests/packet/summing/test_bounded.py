"""Bounded counts: the heaviest stay, and what is lost is told."""

from __future__ import annotations

from netloom.packet.summing.bounded import Counts, Held, Members, Sets


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


def test_sets_share_room_for_all_but_their_first() -> None:
    sets = Sets(2)
    one: Members[int] = Members()
    other: Members[int] = Members()
    for member in (1, 2, 1, 1, 3):
        sets.join(one, member)
    sets.join(other, 1)
    sets.join(other, 2)
    assert (list(one), list(other), sets.lost) == ([1, 2, 3], [1], 1)
    assert (len(one), 3 in one, 4 in one) == (3, True, False)
    sets.join(one, 2)
    assert sets.lost == 1
    sets.leave(one)
    sets.leave(Members())
    sets.join(other, 2)
    sets.join(other, 3)
    sets.join(other, 4)
    assert (list(other), sets.lost) == ([1, 2, 3], 2)
    small: Members[int] = Members()
    Sets(9).join(small, 1, 0)
    assert not len(small)


def test_who_goes_leaves_its_room() -> None:
    sets = Sets(2)
    held: Held[int, Members[int]] = Held(Members, len, 2, sets.leave)
    for key, member in ((1, 5), (1, 6), (1, 7), (2, 5)):
        sets.join(held[key], member)
    sets.join(held[3], 5)
    sets.join(held[3], 6)
    assert ([key for key, _ in held.items()], sets.lost) == ([1, 3], 1)
    held.fill({}, 0)
    for key, member in ((1, 5), (2, 5), (3, 5)):
        sets.join(held[key], member)
    assert [key for key, _ in held.items()] == [1, 3]


def test_only_what_weighs_enough() -> None:
    counts: Counts[str] = Counts()
    for name, count in (("a", 5), ("b", 1), ("c", 9)):
        counts.add(name, count)
    assert [key for key, _ in counts.by(lambda value: value[0], 5)] == ["c", "a"]
