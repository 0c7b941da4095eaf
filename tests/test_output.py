"""The formats' registry, and which of them is usual."""

from __future__ import annotations

import pytest

from netloom import output, registry
from netloom.errors import UsageError
from netloom.records import Outcome, ReplyRecord


def test_every_file_is_a_format_with_its_name() -> None:
    assert {"table", "raw", "json", "ndjson", "csv", "prometheus", "nagios", "junit", "write-out"} <= set(
        output.names()
    )
    for name in output.names():
        form = output.named(name)
        assert form.name == name
        assert form.summary


def test_an_unknown_format_has_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        output.named("jsn")
    assert caught.value.hint == "did you mean json?"


@pytest.mark.parametrize(
    ("operation", "terminal", "name"),
    [
        ("probe", True, "table"),
        ("probe", False, "ndjson"),
        ("get", True, "raw"),
        ("get", False, "raw"),
        ("run", False, "raw"),
        ("connect", False, "raw"),
        ("put", False, "ndjson"),
        ("send", True, "table"),
        ("list", False, "ndjson"),
        ("serve", False, "ndjson"),
        ("matrix", True, "table"),
    ],
)
def test_the_usual_format(operation: str, terminal: bool, name: str) -> None:
    assert output.usual(registry.operation(operation), terminal=terminal) == name


def test_a_format_that_cannot_tell_says_which_can() -> None:
    with pytest.raises(UsageError) as caught:
        output.check(output.named("nagios"), registry.operation("matrix"))
    assert "ndjson" in caught.value.hint
    assert "nagios" not in caught.value.hint
    output.check(output.named("nagios"), registry.operation("probe"))


def test_the_kinds_of_a_union() -> None:
    assert len(output.records_of(registry.operation("serve"))) == 2
    assert issubclass(output.records_of(registry.operation("probe"))[0], Outcome)
    assert output.records_of(registry.operation("get")) == (ReplyRecord,)
