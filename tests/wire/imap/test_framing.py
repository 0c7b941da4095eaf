"""Lines, literals, and where they end."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import commands, framing, responses
from netloom.wire.imap.framing import Line
from tests.fuzzing import cuts
from tests.wire.imap.strategies import COMMANDS, RESPONSES

LIMIT = 1 << 20


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (b"a NOOP\r\n", Line(b"a NOOP")),
        (b"a LOGIN {3}\r\n", Line(b"a LOGIN {3}", 3, True)),
        (b"a LOGIN {3+}\r\n", Line(b"a LOGIN {3+}", 3)),
        (b"a APPEND x ~{12+}\r\n", Line(b"a APPEND x ~{12+}", 12, binary=True)),
        (b"a NOOP {x}\r\n", Line(b"a NOOP {x}")),
        (b"\r\n", Line(b"")),
    ],
)
def test_lines(said: bytes, line: Line) -> None:
    assert framing.parse_line(said + b"more") == (line, len(said))
    for end in range(len(said)):
        assert framing.parse_line(said[:end]) is None


@pytest.mark.parametrize("said", [b"a\n", b"a\rb\r\n", b"a\0\r\n", b"\0", b"a\rb", b"\n", b"x" * 20])
def test_what_breaks_the_frame(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        framing.parse_line(said, 20)


def test_words_for_people_announce_nothing() -> None:
    for said in (b"* OK see {5}\r\n", b"a1 NO {5}\r\n", b"+ {5}\r\n", b"* bye {5}\r\n"):
        found = framing.parse_line(said, spoken=True)
        assert found is not None
        assert found[0].literal is None
        assert framing.parse_line(said) != found
    data = framing.parse_line(b"* 1 FETCH (BODY[] {5}\r\n", spoken=True)
    assert data is not None
    assert data[0].literal == 5


def test_what_is_announced_has_a_limit() -> None:
    with pytest.raises(RemoteProtocolError, match="too much"):
        framing.parse_parts(b"a LOGIN {100}\r\n", 50)
    with pytest.raises(RemoteProtocolError):
        framing.parse_parts(b"a LOGIN {99999999999999999999}\r\n", LIMIT)


@given(COMMANDS, st.booleans())
def test_commands_can_be_cut_anywhere(command: commands.Command, utf8: bool) -> None:
    said = b"".join(commands.lay(commands.emit(command, utf8=utf8)))
    if len(said) < 200:
        parts, _ = cuts(lambda buffer: framing.parse_parts(buffer, LIMIT), said)
        assert framing.join(parts) == said


@given(RESPONSES)
def test_responses_can_be_cut_anywhere(response: responses.Response) -> None:
    said = responses.emit(response)
    if len(said) < 200:
        cuts(lambda buffer: framing.parse_parts(buffer, LIMIT, spoken=True), said)


@given(st.binary(max_size=200))
def test_any_bytes(said: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        framing.parse_parts(said, 100)
