"""POP3's commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.pop3 import commands
from netloom.wire.pop3.commands import Command
from tests.fuzzing import cuts, hammer

ARGUMENTS = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=50)
COMMANDS = st.builds(Command, st.from_regex(r"[A-Z0-9]{2,8}", fullmatch=True), ARGUMENTS)


@given(COMMANDS)
def test_there_and_back(command: Command) -> None:
    assert cuts(commands.parse, commands.emit(command))[0] == command


@pytest.mark.parametrize(
    ("said", "command"),
    [
        (b"quit\r\n", Command("QUIT")), (b"PASS a  b \r\n", Command("PASS", "a  b ")), (b"\r\n", Command("")),
        (b"r\xc5\xbfet\r\n", Command("r\u017fet")), (b"TOP 1 2\r\n", Command("TOP", "1 2")),
    ],
)  # fmt: skip
def test_as_clients_say_them(said: bytes, command: Command) -> None:
    assert commands.parse(said) == (command, len(said))


@pytest.mark.parametrize(
    "said", [b"QUIT\n", b"QUIT\rX\r\n", b"\0", b"QUIT \xff\r\n", b"X" * 256, b"RETR " + b"1" * 300 + b"\r\n"]
)
def test_what_breaks_the_frame(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        commands.parse(said)


@pytest.mark.parametrize(
    "command",
    [
        Command("USER", "a\r\nDELE 1"),
        Command("USER", "a\nb"),
        Command("USER", "a\0"),
        Command("user"),
        Command("A B"),
        Command("RETR", "1" * 300),
        Command("USER", "\ud800"),
    ],
)
def test_what_is_never_said(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        commands.emit(command)


def test_numbers() -> None:
    assert commands.parse_numbers("1 2", 2, 2) == (1, 2)
    assert commands.parse_numbers("", 0, 1) == ()
    for argument in ("", "x", "1 2 3", "-1", "1  2", "\u0661", "99999999999"):
        with pytest.raises(RemoteProtocolError):
            commands.parse_numbers(argument, 1, 2)


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(Command("PASS", "s3cret")) + repr(Command("AUTH", "PLAIN s3cret"))


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(commands.parse, [b"RETR 1\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"USER ann\r\nPASS secret\r\n"])
