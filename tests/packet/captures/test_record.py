"""Records of capture files: as they are printed."""

from __future__ import annotations

import json

from netloom.output.text.plain import encode
from netloom.packet.captures import Note
from netloom.packet.captures.record import DamagedFile, Written


def test_a_file_that_was_written() -> None:
    record = Written(file="x.pcap", format="pcap", frames=2, octets=120, first=1.5, last=2.5, lost=("comments",))
    assert json.loads(encode(record)) == {
        "file": "x.pcap", "format": "pcap", "frames": 2, "octets": 120, "first": 1.5, "last": 2.5, "of": "",
        "lost": ["comments"],
    }  # fmt: skip


def test_a_note_is_a_record_and_an_error() -> None:
    note = Note("x.pcap", 100, 2, "it ends within a packet")
    assert note.record() == DamagedFile(file="x.pcap", damaged="it ends within a packet", byte=100, frames=2)
    assert str(note.error()) == "x.pcap is damaged at byte 100: it ends within a packet"
    assert note.error().offset == 100
