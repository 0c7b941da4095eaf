"""Walk: what it remembers is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.dissect import DEPTH
from netloom.packet.rewriting import walk
from netloom.packet.rewriting.changes import Tags
from netloom.packet.rewriting.walk import Memo, Walk

if TYPE_CHECKING:
    import pytest


def test_an_address_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MEMORY", 2)
    asked: list[bytes] = []

    def change(address: bytes) -> bytes:
        asked.append(address)
        return address[::-1]

    memo = Memo(change)
    assert memo[b"\1\2"] == memo[b"\1\2"] == (b"\2\1", 0x0201 - 0x0102)
    assert memo[b"\3\4"][0] == b"\4\3"
    assert asked == [b"\1\2", b"\3\4"]
    assert memo[b"\5\6"][0] == b"\6\5"
    assert len(memo) == 1


def test_headers_have_an_end() -> None:
    """As many are looked at as `dissect` looks at."""
    made = Walk(lambda address, size: address[:size], lambda address: address, {}, Tags(), None)
    made.tables = {"x": {0: lambda walk, at, end, said: 1 + walk.go("x", 0, at, end, said)}}
    made.begin(bytearray())
    assert made.go("x", 0, 0, 0, 0) == DEPTH
    assert made.go("x", 1, 0, 0, 0) == 0
