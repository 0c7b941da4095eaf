"""Reading: captures to tapes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.tape.reading import read_tape
from tests.packet import talks

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_capture_holds(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    path = str(talks.capture(tmp_path))
    tape = asyncio.run(read_tape(path, progress=lambda done, whole: heard.append((done, whole))))
    assert [(track.number, track.protocol, track.transport) for track in tape.tracks] == [
        (0, "dns", "udp"),
        (1, "http", "tcp"),
    ]
    assert [step.data for step in tape.tracks[1].steps] == [talks.ASKED, b"HTTP/1.1 204 No Content\r\n\r\n"]
    assert tape.notes == []
    assert heard[-1][0] == heard[-1][1] > 0


def test_a_file_that_is_cut(tmp_path: Path) -> None:
    tape = asyncio.run(read_tape([str(talks.capture(tmp_path, cut=7))]))
    assert len(tape.tracks) == 2
    (note,) = tape.notes
    assert "damaged" in note


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        asyncio.run(read_tape(tmp_path / "none"))
