"""JSON: the array is whole whatever happens."""

from __future__ import annotations

import json

from netloom.operations.schema import schema_of
from netloom.output import named
from netloom.registry import operation
from tests.output.examples import made, probed, refused, view, written


def test_an_array_of_all() -> None:
    found = json.loads(made("json", probed(), refused()))
    assert [record["status"] for record in found] == ["success", "refused"]


def test_no_record_is_an_empty_array() -> None:
    assert json.loads(made("json")) == []


def test_an_interruption_leaves_an_array() -> None:
    writer = named("json").writer(view())
    assert len(json.loads(written(writer, probed(), interrupted=True))) == 1


def test_a_document_stands_for_itself() -> None:
    text = made("json", schema_of(operation("probe")), operation="schema")
    assert json.loads(text)["title"] == "ProbeRecord"


def test_a_terminal_gets_indentation() -> None:
    text = made("json", probed(), terminal=True)
    assert '\n  "protocol": "http"' in text
    assert json.loads(text)[0]["protocol"] == "http"
