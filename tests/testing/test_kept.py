"""What is kept of what came: the oldest gives way."""

from __future__ import annotations

from netloom.testing.kept import Kept


def test_all_of_it_while_there_is_room() -> None:
    kept: Kept[str] = Kept(2, 10)
    kept.add("a", 5)
    kept.add("b", 5)
    assert kept.all() == ["a", "b"]


def test_the_oldest_gives_way_to_the_count() -> None:
    kept: Kept[str] = Kept(2)
    for each in "abc":
        kept.add(each)
    assert kept.all() == ["b", "c"]


def test_and_to_the_size() -> None:
    kept: Kept[str] = Kept(9, 10)
    for each in "abc":
        kept.add(each, 4)
    assert kept.all() == ["b", "c"]
    kept.add("d", 99)
    assert kept.all() == ["d"], "what is too large alone is kept all the same"
    kept.add("e", 1)
    assert kept.all() == ["e"]
