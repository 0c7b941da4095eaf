"""Pairs keep bodies within bounds, each and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.http.passive import pairs
from netloom.wire.http.passive.pairs import Pair, Part, Room

if TYPE_CHECKING:
    import pytest


def test_a_message_begins_once() -> None:
    part = Part(Room())
    part.begin([("a", "1")], 5)
    part.begin([("trailer", "2")], 9)
    assert (part.began, part.fields) == (5, [("a", "1"), ("trailer", "2")])


def test_a_body_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "BODY_LIMIT", 5)
    part = Part(Room())
    part.add(b"four")
    assert not part.cut
    part.add(b"more")
    assert (bytes(part.body), part.coded, part.cut) == (b"fourm", 8, True)


def test_all_bodies_share_a_room() -> None:
    room = Room(6)
    first, second = Pair.within(room), Pair.within(room)
    first.request.add(b"four")
    second.response.add(b"four")
    assert (bytes(second.response.body), second.response.cut, room.left) == (b"fo", True, 0)
    first.let_go()
    first.let_go()
    assert room.left == 4
    second.let_go()
    assert room.left == 6


def test_whole() -> None:
    pair = Pair.within(Room())
    pair.request.ended = 0
    assert not pair.whole
    pair.response.ended = 3
    assert pair.whole
