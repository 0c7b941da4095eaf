"""Passwords that weren't given: asked for on a terminal, where nothing of them is shown, and refused elsewhere."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import urllib.request
from base64 import b64encode

import pytest

from netloom.cli import passwords
from netloom.errors import UsageError
from tests.cli.command import BOUND, environment, line_of, netloom, started

CANARY = "loom:canary %7"


def test_what_was_given_stays() -> None:
    assert passwords.complete(["ann:pw", "bob:pw:read"]) == ["ann:pw", "bob:pw:read"]


def test_in_a_pipe_nobody_can_be_asked() -> None:
    done = netloom("serve", "http://127.0.0.1:0", "--account", "ann")
    assert done.returncode == 2
    assert done.stderr.startswith("netloom: account ann has no password, and there is no terminal to ask for one\n")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("text", "typed", "complete"),
    [("ann", "a:b %", "ann:a%3Ab%20%25"), ("ann::read", "pw", "ann:pw:read"), ("a%40b", "pw", "a%40b:pw")],
)
def test_what_is_typed_is_encoded(text: str, typed: str, complete: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        """Somebody sits there."""

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return typed

    monkeypatch.setattr(passwords, "ask", answer)
    assert passwords.complete([text]) == [complete]
    assert asked[0].startswith("  password for a")
    monkeypatch.setattr(passwords, "ask", lambda question: "")
    with pytest.raises(UsageError, match="needs a password"):
        passwords.complete([text])


def test_nothing_of_it_is_shown() -> None:
    ours, theirs = pty.openpty()
    given = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": theirs, "env": environment(TERM="xterm")}
    with started("serve", "http://127.0.0.1:0", "--account", "ann", "-o", "ndjson", **given) as process:
        os.close(theirs)
        try:
            shown = until(ours, "password for ann: ")
            os.write(ours, f"{CANARY}\n".encode())
            served = json.loads(line_of(process.stdout))
            shown += until(ours, passwords.SHOWN)
            place = urllib.request.Request(served["endpoint"] + "/note.txt", b"warp", method="PUT")  # noqa: S310
            place.add_header("Authorization", f"Basic {b64encode(f'ann:{CANARY}'.encode()).decode()}")
            with urllib.request.urlopen(place, timeout=BOUND) as answer:  # noqa: S310
                assert answer.status == 201
        finally:
            os.close(ours)
    assert "canary" not in shown
    assert re.search(f"password for ann: {passwords.SHOWN}", shown)


def until(terminal: int, words: str) -> str:
    """What stands on the terminal, up to these words; they must come."""
    text = b""
    while words.encode() not in text:
        ready, _, _ = select.select([terminal], [], [], BOUND)
        assert ready, text
        text += os.read(terminal, 4096)
    return text.decode()
