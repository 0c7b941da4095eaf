"""Turns: one stream after the other, nothing lost, nothing out of its own order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.streams.turns import PATIENCE, Turns


def test_the_first_has_its_turn() -> None:
    turns: Turns[int] = Turns()
    assert turns.put("a", 1, 0) == [("a", 1)]
    assert turns.put("b", 2, 0) == []
    assert turns.put("c", 3, 0) == []
    assert turns.put("a", 4, 0) == [("a", 4)]
    assert turns.end("c") == []
    assert turns.end("a") == [("b", 2)]
    assert turns.put("b", 5, 0) == [("b", 5)]
    assert turns.end("b") == [("c", 3)]
    assert turns.put("d", 6, 0) == [("d", 6)]
    assert turns.end("nobody") == []


def test_who_is_silent_loses_it() -> None:
    turns: Turns[int] = Turns()
    turns.put("a", 1, 0)
    assert turns.put("b", 2, PATIENCE) == []
    assert turns.put("b", 3, PATIENCE + 1) == [("b", 2), ("b", 3)]
    assert turns.put("a", 4, PATIENCE + 2) == []
    assert turns.finish() == [("a", 4)]


def test_too_much_waits() -> None:
    turns: Turns[int] = Turns(limit=4)
    turns.put("a", 0, 0)
    given = [turns.put(f"b{number}", number, 0) for number in range(5)]
    assert given[:4] == [[], [], [], []]
    assert given[4] == [("b0", 0), ("b1", 1), ("b2", 2)]
    assert turns._count == 2


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["put", "put", "put", "end"]), st.integers(0, 10))))
def test_nothing_is_lost(steps: list[tuple[str, str, int]]) -> None:
    turns: Turns[int] = Turns(limit=3)
    said: dict[str, list[int]] = {name: [] for name in "abcd"}
    heard: dict[str, list[int]] = {name: [] for name in "abcd"}
    now = 0
    for number, (name, kind, later) in enumerate(steps):
        now += later * PATIENCE // 8
        if kind == "put":
            said[name].append(number)
        for stream, thing in turns.put(name, number, now) if kind == "put" else turns.end(name):
            heard[str(stream)].append(thing)
    for stream, thing in turns.finish():
        heard[str(stream)].append(thing)
    assert heard == said
    assert turns._count == 0
