"""NDJSON: a line a record, at once."""

from __future__ import annotations

import json

from netloom.output import named
from tests.output.examples import probed, reply, view


def test_each_record_is_a_whole_line_when_it_comes() -> None:
    writer = named("ndjson").writer(view())
    line = writer.record(probed(summary="two\nlines"))
    assert isinstance(line, bytes)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["summary"] == "two\nlines"
    assert writer.end(interrupted=False) == ""


def test_a_body_is_text_or_base64() -> None:
    writer = named("ndjson").writer(view("get"))
    assert json.loads(writer.record(reply()))["body"] == "hello\n"
    assert json.loads(writer.record(reply(body=b"\xff\x00")))["body"] == {"base64": "/wA="}
