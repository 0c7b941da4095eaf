"""FTP's commands as lines of a Telnet connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.ftp import commands
from netloom.wire.ftp.commands import Command
from tests.fuzzing import cuts, hammer

arguments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=100)
SAMPLES = [b"RETR a b.txt\r\n", b"PASS \r\n", b"\xff\xf4\xff\xf2ABOR\r\n", "STOR Grüße\r\n".encode(), b"NOOP\r\n"]


@given(st.builds(Command, st.sampled_from(["RETR", "USER", "MLSD", "CWD"]), arguments))
def test_what_is_emitted_is_parsed_again(command: Command) -> None:
    data = commands.emit(command)
    assert commands.parse(data + b"QUIT\r\n") == (command, len(data))


@given(st.binary(max_size=40).filter(lambda name: not set(name) & {0, 10, 13}))
def test_any_octets_of_a_name_come_back(name: bytes) -> None:
    said = Command("RETR", name.decode("utf-8", "surrogateescape"))
    found = commands.parse(commands.emit(said))
    assert found is not None
    assert found[0].argument.encode("utf-8", "surrogateescape") == name


@pytest.mark.parametrize("sample", SAMPLES)
def test_cutting_changes_nothing(sample: bytes) -> None:
    assert cuts(commands.parse, sample)[1] == len(sample)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(commands.parse, SAMPLES)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"retr  two spaces\r\n", Command("RETR", " two spaces")),
        (b"STOR trailing \r\n", Command("STOR", "trailing ")),
        (b"\r\n", Command("")),
        ("R\u017fTR x\r\n".encode(), Command("R\u017fTR", "x")),
        (b"\xff\xf4\xffABOR\r\n", Command("ABOR")),
        (b"\xff\xf4\xff\xf2ABOR\r\n", Command("ABOR")),
        (b"\xff\xfb\x01USER x\r\n", Command("USER", "x")),
        (b"RETR \xff\xff\r\n", Command("RETR", "\udcff")),
        (b"RETR \xe9\r\n", Command("RETR", "\udce9")),
    ],
)
def test_lines(line: bytes, command: Command) -> None:
    assert commands.parse(line) == (command, len(line))


@pytest.mark.parametrize(
    ("line", "offset"),
    [(b"RETR a\n", 6), (b"RETR a\rSTOR b\r\n", 6), (b"RETR a\0", 6), (b"RETR \r", None), (b"A" * 8192, 8192)],
)
def test_errors_name_the_octet(line: bytes, offset: int | None) -> None:
    if offset is None:
        assert commands.parse(line) is None, "what follows the CR isn't known yet"
        return
    with pytest.raises(RemoteProtocolError) as caught:
        commands.parse(line)
    assert caught.value.offset == offset
    assert caught.value.rule


@pytest.mark.parametrize("gap", ["\r", "\n", "\0", "\r\n"])
def test_no_second_line_is_made_of_an_argument(gap: str) -> None:
    with pytest.raises(LocalProtocolError):
        commands.emit(Command("RETR", f"a{gap}DELE b"))


@pytest.mark.parametrize(
    "command", [Command("retr"), Command("R"), Command("RE TR"), Command("RETR", "a" * 9000), Command("RETR", "\ud800")]
)
def test_illegal_commands_are_never_emitted(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        commands.emit(command)


def test_another_charset() -> None:
    assert commands.emit(Command("RETR", "é\udcff"), "latin-1") == b"RETR \xe9\xff\xff\r\n"
    with pytest.raises(LocalProtocolError):
        commands.emit(Command("RETR", "€"), "latin-1")
