"""What is emitted: as JSON, octets included, and shown as what it is of."""

from __future__ import annotations

import json

from netloom.output.text.plain import encode
from netloom.packet.streams.record import Met, Spoken
from netloom.records import Note, Said


def test_what_is_said_is_json() -> None:
    record = Spoken(sender="client", words="x", stream=3, time=1.5, data=b"\xff\0")
    assert isinstance(record, Said)
    assert json.loads(encode(record)) == {
        "sender": "client", "words": "x", "size": 0, "stream": 3, "time": 1.5, "event": "said",
        "data": {"base64": "/wA="},
    }  # fmt: skip


def test_headings_are_notes() -> None:
    assert issubclass(Met, Note)
