"""Damage is told of every file, and is an error only for who is strict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import Damaged, Note
from netloom.packet.captures.damage import tell

if TYPE_CHECKING:
    from netloom.records import Record

NOTES = [Note("a.pcap", 40, 1, "it ends within a packet"), Note("b.pcap", 8, 0, "it ends within a header")]


async def told(notes: list[Note], *, strict: bool) -> list[Record]:
    found: list[Record] = []

    async def emit(record: Record) -> None:
        found.append(record)

    try:
        await tell(notes, emit, strict=strict)
    finally:
        assert found == [note.record() for note in notes]
    return found


@pytest.mark.parametrize("notes", [[], NOTES])
async def test_each_is_told(notes: list[Note]) -> None:
    await told(notes, strict=False)


async def test_who_is_strict_hears_the_first_as_an_error() -> None:
    with pytest.raises(Damaged, match="damaged at byte 40"):
        await told(NOTES, strict=True)
    await told([], strict=True)
