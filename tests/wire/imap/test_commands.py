"""A client's commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import commands, framing
from netloom.wire.imap.commands import Command, Login, Named
from netloom.wire.imap.items import Item, Section
from netloom.wire.imap.search import Key, Search
from netloom.wire.imap.sequence import Numbers
from tests.fuzzing import hammer
from tests.wire.imap.strategies import COMMANDS

LIMIT = 1 << 20


def parse(said: bytes, *, utf8: bool = False) -> Command:
    found = framing.parse_parts(said, LIMIT)
    assert found is not None
    assert found[1] == len(said)
    return commands.parse(found[0], utf8=utf8)


@given(COMMANDS, st.booleans(), st.sampled_from([0, 4096]))
def test_what_is_written_is_read(command: Command, utf8: bool, free: int) -> None:
    said = b"".join(commands.lay(commands.emit(command, utf8=utf8), free))
    assert parse(said, utf8=utf8) == command


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        (b'a LOGIN "a\\"b" {2}\r\nc"\r\n', Login('a"b', 'c"')),
        (b"a login ann secret\r\n", Login("ann", "secret")),
        (b"a SELECT &AOk-t&AOk-\r\n", Named("été")),
        (b'a SELECT "INBOX/a&-b"\r\n', Named("INBOX/a&b")),
        (b"a SELECT INBOX (CONDSTORE)\r\n", Named("INBOX")),
        ("a SELECT été\r\n".encode(), None),
        ('a SELECT "été"\r\n'.encode(), Named("été")),
        (
            b"a FETCH 1:* ALL\r\n",
            commands.Fetch(Numbers(((1, 0),)), tuple(map(Item, ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE")))),
        ),
        (
            b"a UID FETCH 4,6:7 body.peek[1.2.mime]<0.10>\r\n",
            commands.Fetch(Numbers(((4, 4), (6, 7))), (Item("BODY", Section((1, 2), "MIME"), (0, 10), True),)),
        ),
        (
            b'a FETCH 1 (BODY[HEADER.FIELDS (From "To")] UID)\r\n',
            commands.Fetch(
                Numbers(((1, 1),)), (Item("BODY", Section((), "HEADER.FIELDS", ("From", "To"))), Item("UID"))
            ),
        ),
        (b"a FETCH 1 BODY\r\n", commands.Fetch(Numbers(((1, 1),)), (Item("BODY"),))),
        (b"a STORE 1 -flags.silent \\Seen work\r\n", commands.Store(Numbers(((1, 1),)), ("\\Seen", "work"), "-", True)),
        (b"a STORE 1 FLAGS ()\r\n", commands.Store(Numbers(((1, 1),)), ())),
        (
            b'a LIST (SUBSCRIBED) "" (INBOX %/x*) RETURN (CHILDREN STATUS (MESSAGES))\r\n',
            commands.List("", ("INBOX", "%/x*"), ("SUBSCRIBED",), ("CHILDREN",), ("MESSAGES",)),
        ),
        (b'a LIST "" %\r\n', commands.List("", ("%",))),
        (
            b'a APPEND x (\\Seen) " 1-Jan-1970 00:00:10 +0000" {2}\r\nhi\r\n',
            commands.Append("x", (commands.Appended(b"hi", ("\\Seen",), 10.0),)),
        ),
        (b"a APPEND x {1}\r\na {1}\r\nb\r\n", commands.Append("x", (commands.Appended(b"a"), commands.Appended(b"b")))),
        (b"a APPEND x UTF8 (~{1}\r\na)\r\n", commands.Append("x", (commands.Appended(b"a", utf8=True),))),
        (b"a AUTHENTICATE plain =\r\n", commands.Authenticate("PLAIN", b"")),
        (b"a ID NIL\r\n", commands.Id()),
        (b'a ID ("name" "x" "os" NIL)\r\n', commands.Id((("name", "x"), ("os", None)))),
        (b"a UID EXPUNGE $\r\n", commands.Expunge(Numbers(saved=True))),
    ],
)
def test_as_clients_say_them(said: bytes, arguments: commands.Arguments | None) -> None:
    if arguments is None:
        with pytest.raises(RemoteProtocolError):
            parse(said)
    else:
        assert parse(said).arguments == arguments


@pytest.mark.parametrize(
    "said",
    [
        b"", b"a", b"a ", b" a NOOP", b"+ NOOP", b"a NOOP x", b"a NOOP ", b"a LOGIN ann", b"a LOGIN ann secret more",
        b"a SELECT", b"a SELECT (x)", b"a SELECT &x", b"a SELECT \xff", b"a FETCH", b"a FETCH 1", b"a FETCH 0 UID",
        b"a FETCH 1:,2 UID", b"a FETCH 1 NONSENSE", b"a FETCH 1 BODY[", b"a FETCH 1 BODY[MIME]", b"a FETCH 1 BODY[1.]",
        b"a FETCH 1 BODY[]<0>", b"a FETCH 1 BODY[]<0.0>", b"a FETCH 1 ()", b"a FETCH 99999999999 UID",
        b"a FETCH 1 BINARY[TEXT]", b"a FETCH 1 BODY[0]", b"a STORE 1 FLAG x", b"a STORE 1 FLAGS (x",
        b"a SEARCH", b"a SEARCH NONSENSE", b"a SEARCH ON yesterday", b"a SEARCH ()", b"a SEARCH RETURN (X) ALL",
        b"a SEARCH OR SEEN", b"a SEARCH LARGER x", b"a LIST", b'a LIST ""', b'a LIST "" ()', b'a LIST (X) "" *',
        b'a LIST "" * RETURN (X)', b'a LIST "" * X', b"a STATUS x", b"a STATUS x ()", b"a STATUS x (NONSENSE)",
        b"a APPEND x", b"a APPEND x hi", b'a APPEND x "yesterday" {1}\r\nx', b"a UID NOOP", b"a NONSENSE",
        b"a AUTHENTICATE PLAIN ***", b"a ID x", b'a ID ("x")', b"a COPY 1", b"a RENAME x", b"a LOGIN \"x\\y\" z",
        b"a SEARCH " + b"(" * 50 + b"ALL" + b")" * 50, b"a SEARCH " + b"ALL " * 1500 + b"ALL",
    ],
)  # fmt: skip
def test_what_is_none(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        parse(said + b"\r\n")
    assert refused.value.rule


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(parse(b"a LOGIN ann secret\r\n"))
    assert "c2VjcmV0" not in repr(parse(b"a AUTHENTICATE PLAIN c2VjcmV0\r\n"))
    assert "secret" not in repr(parse(b"a AUTHENTICATE PLAIN c2VjcmV0\r\n"))


@pytest.mark.parametrize("bad", ["x\r\ny", "x\ny", "x\ry", "x\0y"])
def test_what_is_never_said(bad: str) -> None:
    for arguments in (
        Login(bad, "x"), Login("x", bad), Named(bad), commands.Rename("x", bad), commands.List("", (bad,)),
        Search(Key("SUBJECT", bad)), Search(Key("HEADER", "x", bad)),
        Search(Key("KEYWORD", bad)), commands.Store(Numbers(((1, 1),)), (bad,)),
        commands.Fetch(Numbers(((1, 1),)), (Item("BODY", Section((), "HEADER.FIELDS", (bad,))),)),
        commands.Id(((bad, "x"),)), commands.Id((("x", bad),)), commands.Enable((bad,)),
    ):  # fmt: skip
        with pytest.raises(LocalProtocolError):
            commands.lay(commands.emit(Command("a", "X", arguments)))


def test_literals_wait_or_dont() -> None:
    parts = commands.emit(Command("a", "LOGIN", Login("ann", "sécret")))
    assert commands.lay(parts) == [b"a LOGIN ann {7}\r\n", "sécret\r\n".encode()]
    assert commands.lay(parts, 7) == ["a LOGIN ann {7+}\r\nsécret\r\n".encode()]
    assert commands.lay(parts, 6) == commands.lay(parts)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def parse_any(said: bytes) -> object:
        found = framing.parse_parts(said, LIMIT)
        return found and commands.parse(found[0])

    hammer(
        parse_any,
        [
            b'a LOGIN {3+}\r\nann "secret"\r\n',
            b"a UID FETCH 1:*,$ (FLAGS BODY.PEEK[HEADER.FIELDS (To)]<0.9>)\r\n".replace(b",$", b""),
            b"a SEARCH RETURN (ALL) CHARSET UTF-8 OR NOT SEEN (SINCE 1-Feb-2026 FROM x)\r\n",
            b'a LIST (SUBSCRIBED) "" ("*" x) RETURN (STATUS (MESSAGES))\r\n',
            b"a STORE 1 +FLAGS (\\Seen)\r\n",
            b'a APPEND &AOk- (\\Seen) "17-Jul-2026 02:44:25 -0700" {2}\r\nhi\r\n',
            b'a ID ("name" "x")\r\n',
        ],
    )
