"""SMTP commands: lines, limits, and the arguments of MAIL, RCPT, EHLO and BDAT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.smtp import commands
from netloom.wire.smtp.addresses import Mailbox
from netloom.wire.smtp.commands import Bdat, Command, Mail, Rcpt
from tests.fuzzing import cuts, hammer

if TYPE_CHECKING:
    from collections.abc import Callable

verbs = st.sampled_from(["EHLO", "MAIL", "RCPT", "DATA", "RSET", "VRFY", "XCLIENT", "AUTH"])
arguments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0 "), max_size=60)
values = st.none() | st.from_regex(r"[!-<>-~]{1,20}", fullmatch=True)
parameters = st.dictionaries(st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,10}", fullmatch=True), values, max_size=8)
ANN = Mailbox("ann", "example.com")
SAMPLES = [
    b"EHLO client.example\r\n",
    b"MAIL FROM:<ann@example.com> SIZE=100 BODY=8BITMIME SMTPUTF8\r\n",
    b'RCPT TO:<@a.example:"b b"@example.com> NOTIFY=NEVER\r\n',
    b"DATA\r\n",
    b"AUTH PLAIN AGFubgBzZWNyZXQ=\r\n",
    b"BDAT 86 LAST\r\n",
    b"RCPT TO:<j\xc3\xbcrgen@example.com>\r\n",
]


@given(st.builds(Command, verbs, arguments))
def test_what_is_emitted_is_parsed_again(command: Command) -> None:
    line = commands.emit(command)
    assert commands.parse(line + b"QUIT\r\n") == (command, len(line))


@given(st.builds(Mail, st.sampled_from([None, ANN, Mailbox("a b", "[192.0.2.1]")]), parameters))
def test_mail_both_ways(mail: Mail) -> None:
    found = commands.parse(commands.emit_mail(mail))
    assert found is not None
    assert found[0].verb == "MAIL"
    assert commands.parse_mail(found[0].argument) == mail


@given(st.builds(Rcpt, st.just(ANN), parameters))
def test_rcpt_both_ways(rcpt: Rcpt) -> None:
    found = commands.parse(commands.emit_rcpt(rcpt))
    assert found is not None
    assert commands.parse_rcpt(found[0].argument) == rcpt


@given(st.binary(max_size=50), st.booleans())
def test_bdat_both_ways(chunk: bytes, last: bool) -> None:
    data = commands.emit_bdat(chunk, last=last)
    found = commands.parse(data)
    assert found is not None
    assert commands.parse_bdat(found[0].argument) == Bdat(len(chunk), last)
    assert data[found[1] :] == chunk


@pytest.mark.parametrize("sample", SAMPLES)
def test_cutting_changes_nothing(sample: bytes) -> None:
    assert cuts(commands.parse, sample)[1] == len(sample)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    readers: dict[str, Callable[[str], object]] = {
        "EHLO": commands.parse_hello,
        "MAIL": lambda argument: commands.parse_size(commands.parse_mail(argument)),
        "RCPT": commands.parse_rcpt,
        "BDAT": commands.parse_bdat,
    }

    def look(data: bytes) -> None:
        found = commands.parse(data)
        if found is not None and found[0].verb in readers:
            readers[found[0].verb](found[0].argument)

    hammer(look, SAMPLES)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"quit\r\n", Command("QUIT")),
        (b"NOOP  spaced  \r\n", Command("NOOP", "spaced")),
        (b"\r\n", Command("")),
        (b"GET / HTTP/1.1\r\n", Command("GET", "/ HTTP/1.1")),
        ("r\u017fet\r\n".encode(), Command("r\u017fet")),
    ],
)
def test_lines(line: bytes, command: Command) -> None:
    assert commands.parse(line) == (command, len(line))


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"NOOP\n", 4),
        (b"NOOP\n\r\n", 4),
        (b"NOOP\rQUIT\r\n", 4),
        (b"NOOP\r\rQ", 4),
        (b"NO\0OP\r\n", 2),
        (b"NOOP \xff\r\n", 5),
        (b"NOOP " + b"a" * 507, 512),
        (b"MAIL " + b"a" * 1531, 1536),
        (b"AUTH " + b"a" * 12_283, 12_288),
        (b"\x16\x03\x01\0\xa5\x01\0\0", 3),
    ],
)
def test_lines_that_break_the_framing(data: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        commands.parse(data)
    assert caught.value.offset == offset


def test_limits_are_exact() -> None:
    assert commands.parse(b"NOOP " + b"a" * 505 + b"\r\n") is not None
    assert len(commands.emit(Command("NOOP", "a" * 505))) == 512
    with pytest.raises(LocalProtocolError):
        commands.emit(Command("NOOP", "a" * 506))


@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
@pytest.mark.parametrize("where", ["ann{}@example.com", "{}", "a{}b"])
def test_line_ends_in_arguments_are_refused(character: str, where: str) -> None:
    text = where.format(character)
    attempts: list[Callable[[], object]] = [
        lambda: commands.emit(Command("VRFY", text)),
        lambda: commands.emit(Command(text)),
        lambda: commands.emit_mail(Mail(Mailbox(text, "example.com"))),
        lambda: commands.emit_rcpt(Rcpt(Mailbox("ann", text))),
        lambda: commands.emit_mail(Mail(ANN, {"AUTH": text})),
        lambda: commands.emit_mail(Mail(ANN, {text: None})),
    ]
    for wrong in attempts:
        with pytest.raises(LocalProtocolError):
            wrong()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: commands.emit(Command("")),
        lambda: commands.emit(Command("mail")),
        lambda: commands.emit(Command("VRFY", "\ud800")),
        lambda: commands.emit_mail(Mail(ANN, {"size": "1"})),
        lambda: commands.emit_mail(Mail(ANN, {"SIZE": ""})),
        lambda: commands.emit_mail(Mail(ANN, {"SIZE": "1 2"})),
        lambda: commands.emit_mail(Mail(ANN, {f"X{number}": None for number in range(33)})),
    ],
)
def test_illegal_commands_are_never_emitted(wrong: Callable[[], object]) -> None:
    with pytest.raises(LocalProtocolError):
        wrong()


def test_arguments() -> None:
    assert commands.parse_mail("from: <ann@example.com>  size=5 Body=8BITMIME") == Mail(
        ANN, {"SIZE": "5", "BODY": "8BITMIME"}
    )
    assert commands.parse_mail("FROM:<>") == Mail(None)
    assert commands.parse_size(Mail(ANN, {"SIZE": "5"})) == 5
    assert commands.parse_size(Mail(ANN)) is None
    assert commands.parse_hello("[192.0.2.1]") == "[192.0.2.1]"
    assert commands.parse_bdat("5  last") == Bdat(5, last=True)


@pytest.mark.parametrize(
    ("parse", "argument"),
    [
        (commands.parse_mail, "<ann@example.com>"),
        (commands.parse_mail, "TO:<ann@example.com>"),
        (commands.parse_mail, "FROM:ann@example.com"),
        (commands.parse_mail, "FROM:<ann@example.com>SIZE=1"),
        (commands.parse_mail, "FROM:<ann@example.com> SIZE=1 SIZE=2"),
        (commands.parse_mail, "FROM:<ann@example.com> SIZE="),
        (commands.parse_mail, "FROM:<ann@example.com> =5"),
        (commands.parse_mail, "FROM:<> " + " ".join(f"X{number}" for number in range(33))),
        (commands.parse_rcpt, "TO:<>"),
        (commands.parse_rcpt, ""),
        (commands.parse_hello, ""),
        (commands.parse_hello, "a b"),
        (commands.parse_bdat, ""),
        (commands.parse_bdat, "-1"),
        (commands.parse_bdat, "5 FIRST"),
        (commands.parse_bdat, "1" * 21),
        (commands.parse_bdat, "\u0661"),
        (lambda value: commands.parse_size(Mail(ANN, {"SIZE": value})), "x"),
        (lambda _: commands.parse_size(Mail(ANN, {"SIZE": None})), ""),
    ],
)
def test_arguments_that_are_refused(parse: Callable[[str], object], argument: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse(argument)
    assert caught.value.rule
