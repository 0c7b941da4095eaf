"""Raw: bodies byte for byte, values as text or JSON, failures beside them."""

from __future__ import annotations

import json

from netloom.errors import Phase, Status
from netloom.output import named
from netloom.records import ServingRecord
from tests.output.examples import made, reply, view


def test_a_body_as_it_came() -> None:
    writer = named("raw").writer(view("get"))
    assert writer.record(reply(body=b"\xff\x00\x1b[31m")) == b"\xff\x00\x1b[31m"
    assert writer.aside(reply()) == ""


def test_values() -> None:
    assert made("raw", reply(body=None, value="text"), operation="get") == "text\n"
    assert json.loads(made("raw", reply(body=None, value={"a": b"\xff"}), operation="get")) == {"a": {"base64": "/w=="}}
    assert made("raw", reply(body=None, value=None), operation="get") == ""


def test_a_terminal_is_not_given_what_it_would_obey() -> None:
    text = made("raw", reply(body=b"\x1b]0;title\x07\x1b[31mred\x1b[0m\r\nend"), operation="get", terminal=True)
    assert text == "\\x1b]0;title\\x07\x1b[31mred\x1b[0m\r\nend\n"


def test_a_terminal_is_told_of_bytes_that_are_no_text() -> None:
    writer = named("raw").writer(view("get", terminal=True))
    record = reply(body=b"\x89PNG\xff")
    assert writer.record(record) == ""
    assert "5 B that are no text" in writer.aside(record)


def test_failures_and_places_stand_aside() -> None:
    writer = named("raw").writer(view("get"))
    failed = reply(status=Status.CLOSED, phase=Phase.TRANSFER, message="it broke", hint="again?", body=b"half")
    assert writer.record(failed) == b"half"
    assert "it broke (at transfer)" in writer.aside(failed)
    assert "again?" in writer.aside(failed)
    saved = reply(body=None, saved_to="file.txt")
    assert "→ file.txt" in writer.aside(saved)
    assert named("raw").writer(view("get", quiet=True)).aside(saved) == ""


def test_where_it_listens_stands_aside() -> None:
    writer = named("raw").writer(view("connect"))
    listening = ServingRecord(endpoint="tcp://127.0.0.1:4711", protocol="tcp", content="handler")
    assert writer.record(listening) == ""
    assert "tcp://127.0.0.1:4711" in writer.aside(listening)


def test_what_a_command_complains_about_goes_beside() -> None:
    writer = named("raw").writer(view("run", terminal=True))
    record = reply(meta={"stderr": "no such file\x07\n"}, body=b"", exit_status=0)
    assert writer.aside(record) == "no such file\\x07\n"
    assert writer.record(record) == ""
    failed = writer.aside(
        reply(meta={"stderr": "bad"}, status=Status.REFUSED_BY_PEER, message="exit status 3", body=b"")
    )
    assert failed.startswith("bad\n  ✘ ")
