"""Values of HTTP archives: fields by name, and how long all of it took."""

from __future__ import annotations

from netloom.wire.http.har import Message, Timings


def test_fields_by_name() -> None:
    message = Message(fields=(("Accept", "a"), ("accept", "b")))
    assert message.field("accept") == "a"
    assert message.field("cookie") == ""


def test_phases_that_were_not_there_take_no_time() -> None:
    assert Timings().whole == 0
    assert Timings(blocked=1, dns=2, connect=4, ssl=3, send=8, wait=16, receive=32).whole == 63
