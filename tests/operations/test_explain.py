"""Explanations: nothing that a record can say is left without one."""

from __future__ import annotations

import pytest

from netloom.errors import Phase, Status, UsageError
from netloom.operations.explain import PHASES, STATUSES, explanations, find
from netloom.records import Note
from netloom.runs import Run


def test_every_status_and_phase_is_explained() -> None:
    assert set(STATUSES) == set(Status)
    assert set(PHASES) == set(Phase)
    assert all(len(text) > 20 for _, text in explanations().values())


@pytest.mark.parametrize(
    ("term", "title"),
    [
        ("timeout", "timeout (a status)"),
        ("first-byte", "first_byte (a phase)"),
        ("TLS_ERROR", "tls_error (a status)"),
        ("tls", "tls (a phase)"),
        ("exit-code", "exit code"),
        ("Exit codes", "exit code"),
        ("expectations", "expectation"),
        ("facts", "facts"),
    ],
)
def test_a_term_however_it_is_written(term: str, title: str) -> None:
    assert find(term, explanations())[0] == title


def test_an_unknown_term_has_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        find("timout", explanations())
    assert caught.value.hint == "did you mean timeout?"


def test_notes() -> None:
    notes = list(Run[Note].prepare("explain", (), {"terms": ["idle", "verb"]}))
    assert [note.title for note in notes] == ["idle", "verb"]
    assert "get, put, list" in notes[1].text


def test_without_a_term_all_are_listed() -> None:
    notes = list(Run[Note].prepare("explain", (), {}))
    assert [note.title for note in notes] == ["statuses", "phases", "terms"]
    assert "refused_by_peer" in notes[0].text
