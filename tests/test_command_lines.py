"""Command lines of `run`: quotes, unknown commands, as many arguments as the usage tells."""

from __future__ import annotations

import pytest

from netloom.command_lines import understood
from netloom.errors import UsageError

KNOWN = {"rm": (1, "rm PATH"), "df": (2, "df [PATH]"), "quote": (3, "quote VERB [ARGUMENT…]")}


@pytest.mark.parametrize(
    ("line", "command", "arguments"),
    [
        ("rm 'a b'", 1, ["a b"]),
        ("df", 2, []),
        ("df /", 2, ["/"]),
        ("quote SITE", 3, ["SITE"]),
        ('quote SITE "CHMOD 600" x y', 3, ["SITE", "CHMOD 600", "x", "y"]),
    ],
)
def test_what_is_understood(line: str, command: int, arguments: list[str]) -> None:
    assert understood(line, KNOWN, "ftp") == (command, arguments)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rm", "rm PATH is expected"),
        ("rm a b", "rm PATH is expected"),
        ("df a b", r"df \[PATH\] is expected"),
        ("quote", "quote VERB .* is expected"),
        ("rm 'a", "isn't understood: No closing quotation"),
        ("", "ftp has no command ''"),
        ("format c:", "ftp has no command 'format'"),
    ],
)
def test_what_is_not(line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        understood(line, KNOWN, "ftp")
    if "no command" in words:
        assert caught.value.hint == "commands: df, quote, rm"
