"""IRC's bytes: messages, tags, names, masks, modes, 005, CTCP, and SASL's pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.irc import ctcp, isupport, modes, names, numerics, sasl
from netloom.wire.irc.message import (
    CLIENT_TAGS_LIMIT,
    LINE_LIMIT,
    Message,
    Reader,
    TooLong,
    cut,
    emit,
    emit_tags,
    parse,
    parse_tags,
    pieces,
    readable,
)
from tests.fuzzing import hammer
from tests.security.parsers.irc import PARSERS

if TYPE_CHECKING:
    from typing import Any


class TestMessages:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("foo bar baz asdf", Message("FOO", ("bar", "baz", "asdf"))),
            (":coolguy foo bar baz :asdf quux", Message("FOO", ("bar", "baz", "asdf quux"), "coolguy")),
            ("foo bar baz :", Message("FOO", ("bar", "baz", ""))),
            ("foo bar baz ::asdf", Message("FOO", ("bar", "baz", ":asdf"))),
            (":coolguy foo bar baz :  asdf quux", Message("FOO", ("bar", "baz", "  asdf quux"), "coolguy")),
            (":coolguy PRIVMSG bar :lol :) ", Message("PRIVMSG", ("bar", "lol :) "), "coolguy")),
            ("@a=b;c=32;k;rt=ql7 foo", Message("FOO", (), "", {"a": "b", "c": "32", "k": "", "rt": "ql7"})),
            (
                r"@a=b\\and\nk;c=72\s45;d=gh\:764 foo",
                Message("FOO", (), "", {"a": "b\\and\nk", "c": "72 45", "d": "gh;764"}),
            ),
            ("@c;h=;a=b :quux ab cd", Message("AB", ("cd",), "quux", {"c": "", "h": "", "a": "b"})),
            (":src JOIN #chan", Message("JOIN", ("#chan",), "src")),
            (":src JOIN :#chan", Message("JOIN", ("#chan",), "src")),
            (":src AWAY", Message("AWAY", (), "src")),
            (":cool\tguy foo bar baz", Message("FOO", ("bar", "baz"), "cool\tguy")),
            (
                ":coolguy!ag@net\x035w\x03ork.admin PRIVMSG foo :bar baz",
                Message("PRIVMSG", ("foo", "bar baz"), "coolguy!ag@net\x035w\x03ork.admin"),
            ),
            (
                ":irc.example.com COMMAND param1 param2 :param3 param3",
                Message("COMMAND", ("param1", "param2", "param3 param3"), "irc.example.com"),
            ),
            (
                "@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4 COMMAND param1 param2 :param3 param3",
                Message(
                    "COMMAND",
                    ("param1", "param2", "param3 param3"),
                    "",
                    {"tag1": "value1", "tag2": "", "vendor1/tag3": "value2", "vendor2/tag4": ""},
                ),
            ),
            ("COMMAND", Message("COMMAND")),
            (r"@foo=\\\\\:\\s\s\r\n COMMAND", Message("COMMAND", (), "", {"foo": "\\\\;\\s \r\n"})),
            (
                ":gravel.mozilla.org 432  #momo :Erroneous Nickname: Illegal characters",
                Message("432", ("#momo", "Erroneous Nickname: Illegal characters"), "gravel.mozilla.org"),
            ),
            (":gravel.mozilla.org MODE #tckk +n ", Message("MODE", ("#tckk", "+n"), "gravel.mozilla.org")),
            (
                ":services.esper.net MODE #foo-bar +o foobar  ",
                Message("MODE", ("#foo-bar", "+o", "foobar"), "services.esper.net"),
            ),
            (r"@tag1=value\\ntest COMMAND", Message("COMMAND", (), "", {"tag1": "value\\ntest"})),
            (r"@tag1=value\1 COMMAND", Message("COMMAND", (), "", {"tag1": "value1"})),
            ("@tag1=value1\\ COMMAND", Message("COMMAND", (), "", {"tag1": "value1"})),
            (
                "@tag1=1;tag2=3;tag3=4;tag1=5 COMMAND",
                Message("COMMAND", (), "", {"tag1": "5", "tag2": "3", "tag3": "4"}),
            ),
            (":SomeOp MODE #channel :+i", Message("MODE", ("#channel", "+i"), "SomeOp")),
            (
                ":SomeOp MODE #channel +oo SomeUser :AnotherUser",
                Message("MODE", ("#channel", "+oo", "SomeUser", "AnotherUser"), "SomeOp"),
            ),
        ],
    )
    def test_what_is_said(self, line: str, message: Message) -> None:
        """The cases that IRC's parsers are tried with everywhere (ircdocs' parser-tests), in words of our own."""
        assert parse(line.encode()) == message

    def test_what_isnt_text_goes_on_as_it_came(self) -> None:
        said = b":a!b@c PRIVMSG #d :\xff\xfe caf\xe9\r\n"
        message = parse(said[:-2])
        assert emit(message) == said
        assert readable(message.text) == "\ufffd\ufffd caf\ufffd"

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b" ",
            b":a",
            b"@a=b",
            b"@a :b",
            b"\xff",
            b"12",
            b"1234",
            b"A1",
            b"/x",
            b"HTTP/1.1 200",
            b"a\0b",
            b"SSH-2.0-x",
            b"+OK",
            b"PRIVMSG a :\0",
        ],
    )
    def test_what_is_none(self, line: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            parse(line)

    @pytest.mark.parametrize(
        ("message", "line"),
        [
            (Message("PRIVMSG", ("a", "b")), b"PRIVMSG a :b\r\n"),
            (Message("JOIN", ("#a", "key")), b"JOIN #a key\r\n"),
            (Message("TOPIC", ("#a", "")), b"TOPIC #a :\r\n"),
            (Message("MODE", ("#a", ":x")), b"MODE #a ::x\r\n"),
            (Message("353", ("a", "=", "#a", "@ann"), "s"), b":s 353 a = #a :@ann\r\n"),
            (Message("324", ("a", "#a", "+nt"), "s"), b":s 324 a #a +nt\r\n"),
            (Message("PING", ("a b",)), b"PING :a b\r\n"),
            (Message("QUIT", ()), b"QUIT\r\n"),
            (Message("A", (), "", {"a": "b; \\\r\n", "+c": ""}), b"@a=b\\:\\s\\\\\\r\\n;+c A\r\n"),
        ],
    )  # fmt: skip
    def test_what_we_say(self, message: Message, line: bytes) -> None:
        assert emit(message) == line
        assert parse(line[:-2]) == message

    @pytest.mark.parametrize(
        "message",
        [
            Message("A B"),
            Message(""),
            Message("A\n"),
            Message("12"),
            Message("A", ("b c", "d")),
            Message("A", ("", "d")),
            Message("A", (":b", "d")),
            Message("A", ("b\r", "d")),
            Message("A", ("d\n",)),
            Message("A", ("\0",)),
            Message("A", ("d\r\nQUIT",)),
            Message("A", (), "a b"),
            Message("A", (), "a\nb"),
            Message("A", ("\ud800",)),
            Message("A", ("x" * 600,)),
            Message("A", (), "", {"a b": ""}),
            Message("A", (), "", {"a": "\0"}),
            Message("A", (), "", {"a": "x" * 9000}),
            Message("A", (), "", {"": "x"}),
            Message("A", (), "", {"a": "\ud800"}),
        ],
    )
    def test_what_we_dont_say(self, message: Message) -> None:
        with pytest.raises(LocalProtocolError):
            emit(message)

    def test_a_line_has_512_bytes(self) -> None:
        fits = Message("PRIVMSG", ("a", "x" * (LINE_LIMIT - len("PRIVMSG a :\r\n"))))
        assert len(emit(fits)) == LINE_LIMIT
        with pytest.raises(LocalProtocolError):
            emit(Message("PRIVMSG", ("a", fits.text + "x")))
        assert len(emit(Message(fits.command, fits.params, "", {"a": "b" * 1000}))) > LINE_LIMIT, "besides its tags"


middles = st.text(
    st.characters(exclude_characters="\r\n\0 ", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda word: word[0] != ":")
lasts = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60)
messages = st.builds(
    lambda command, words, last, source, tags: Message(command, (*words, last), source, tags),
    st.sampled_from(["PRIVMSG", "JOIN", "001", "MODE", "TAGMSG"]),
    st.lists(middles, max_size=4),
    lasts,
    st.sampled_from(["", "ann!~a@h", "irc.test"]),
    st.dictionaries(
        st.sampled_from(["time", "+draft/x", "a/b", "label"]),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    ),
)


@settings(deadline=None)
@given(messages)
def test_a_message_is_read_as_it_was_said(message: Message) -> None:
    assert parse(emit(message)[:-2]) == message


@settings(deadline=None)
@given(st.lists(messages, max_size=5), st.integers(1, 40), st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n\r\n\n"]))
def test_cuts_change_nothing(said: list[Message], size: int, end: bytes) -> None:
    stream = b"".join(emit(message)[:-2] + end for message in said)
    reader = Reader()
    found = [one for at in range(0, len(stream), size) for one in reader.feed(stream[at : at + size])]
    assert found == said


class TestReader:
    def test_too_long_a_line_is_told_and_what_follows_is_read(self) -> None:
        reader = Reader()
        assert list(reader.feed(b"PRIVMSG a :" + b"x" * 600 + b"\r\nPING a\r\n")) == [
            TooLong(),
            Message("PING", ("a",)),
        ]

    def test_tags_have_a_limit_of_their_own(self) -> None:
        for size, fits in ((CLIENT_TAGS_LIMIT - 5, True), (CLIENT_TAGS_LIMIT - 4, False)):
            line = b"@+a=" + b"x" * size + b" PING a\r\n"
            (found,) = Reader(tags_limit=CLIENT_TAGS_LIMIT).feed(line)
            assert (found == TooLong()) is not fits
        (found,) = Reader(tags_limit=CLIENT_TAGS_LIMIT).feed(b"@a PING " + b"x" * 505 + b"\r\n")
        assert found == Message("PING", ("x" * 505,), "", {"a": ""})

    def test_a_line_without_an_end(self) -> None:
        reader = Reader(line_limit=512, tags_limit=100)
        assert list(reader.feed(b"x" * 600)) == []
        with pytest.raises(RemoteProtocolError):
            list(reader.feed(b"x" * 100))

    def test_what_came_before_a_mistake_is_given(self) -> None:
        found = Reader().feed(b"PING a\r\n\xff\r\n")
        assert next(found) == Message("PING", ("a",))
        with pytest.raises(RemoteProtocolError):
            next(found)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(4, 40))
def test_pieces(text: str, room: int) -> None:
    found = list(pieces(text, room))
    assert all(len(piece.encode()) <= room for piece in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(piece or len(found) == 1 for piece in found[:-1])


@settings(deadline=None)
@given(st.binary(max_size=100), st.integers(1, 40))
def test_cut(said: bytes, room: int) -> None:
    text = said.decode("utf-8", "surrogateescape")
    found = cut(text, room).encode("utf-8", "surrogateescape")
    assert said.startswith(found)
    assert len(found) <= room
    assert len(found) > min(room, len(said)) - 4


def test_tags_alone() -> None:
    assert parse_tags("") == {}
    assert parse_tags(";a;;b=;=c") == {"a": "", "b": ""}
    assert emit_tags({"a": "x y"}) == b"@a=x\\sy "


class TestNames:
    @pytest.mark.parametrize(
        ("mapping", "left", "right", "same"),
        [
            ("ascii", "ANN", "ann", True), ("ascii", "a[", "a{", False), ("rfc1459", "a[]\\~", "A{}|^", True),
            ("rfc1459-strict", "a[", "A{", True), ("rfc1459-strict", "a~", "a^", False), ("rfc1459", "É", "é", False),
            ("unknown", "a[", "A{", True),
        ],
    )  # fmt: skip
    def test_which_are_the_same(self, mapping: str, left: str, right: str, same: bool) -> None:
        assert (names.fold(left, mapping) == names.fold(right, mapping)) is same

    @pytest.mark.parametrize("nick", ["a", "A-1", "[x]\\`_^{|}", "a" * 30])
    def test_nicks(self, nick: str) -> None:
        assert names.is_nick(nick, 30)

    @pytest.mark.parametrize(
        "nick", ["", "1a", "-a", "a b", "a!b", "a@b", "#a", "é", "a" * 31, "a\n", "*a", "a:b", "@a"]
    )
    def test_no_nicks(self, nick: str) -> None:
        assert not names.is_nick(nick, 30)

    @pytest.mark.parametrize("name", ["#a", "#", "#é/b", "##", "#a:b", "&a"])
    def test_channels(self, name: str) -> None:
        assert names.is_channel(name, "#&")

    @pytest.mark.parametrize("name", ["", "a", "#a b", "#a,b", "#a\x07", "#" + "a" * 200, "#\udcff", "&a"])
    def test_no_channels(self, name: str) -> None:
        assert not names.is_channel(name)

    @pytest.mark.parametrize(
        ("mask", "text", "fits"),
        [
            ("*", "", True), ("*!*@*", "a!b@c", True), ("a*", "abc", True), ("a?c", "abc", True), ("a?c", "ac", False),
            ("*c", "abc", True), ("a*c*e", "abcde", True), ("a*c*f", "abcde", False), ("", "", True), ("", "a", False),
            ("**", "a", True), ("?", "", False), ("a", "ab", False),
        ],
    )  # fmt: skip
    def test_masks(self, mask: str, text: str, fits: bool) -> None:
        assert names.matches(mask, text) is fits

    def test_a_mask_takes_no_more_than_its_length(self) -> None:
        """With backtracking this would take longer than anybody lives."""
        assert not names.matches("*a" * 200, "a" * 190 + "b")

    @pytest.mark.parametrize(
        ("given_", "whole"),
        [("ann", "ann!*@*"), ("a@b", "*!a@b"), ("a!b", "a!b@*"), ("a!b@c", "a!b@c"), ("@h", "*!*@h"), ("!", "*!*@*")],
    )
    def test_masks_are_completed(self, given_: str, whole: str) -> None:
        assert names.complete(given_) == whole

    def test_sources(self) -> None:
        assert names.parse_source("ann!~a@h") == ("ann", "~a", "h")
        assert names.parse_source("irc.test") == ("irc.test", "", "")


class TestSupport:
    def test_what_a_server_says(self) -> None:
        known = isupport.parse(["NICKLEN=9", "WHOX", "NETWORK=a\\x20b", "A=b=c"], {"OLD": "1", "GONE": ""})
        known = isupport.parse(["-GONE", "-NEVER", ""], known)
        assert known == {"OLD": "1", "NICKLEN": "9", "WHOX": "", "NETWORK": "a b", "A": "b=c"}

    def test_what_we_say_is_read(self) -> None:
        said = {f"T{number}": "a b=c\\" if number == 3 else "" for number in range(30)}
        lines = isupport.emit(said)
        assert [len(line) for line in lines] == [12, 12, 6]
        known: dict[str, str] = {}
        for line in lines:
            known = isupport.parse(line, known)
        assert known == said

    def test_it_is_bounded(self) -> None:
        assert len(isupport.parse([f"T{number}" for number in range(1000)], {})) == isupport.LIMIT


class TestModes:
    @pytest.mark.parametrize(
        ("params", "changes"),
        [
            (["+nt"], [(True, "n", None), (True, "t", None)]),
            (["+o-v", "ann", "bob"], [(True, "o", "ann"), (False, "v", "bob")]),
            (["+l-l", "5", "6"], [(True, "l", "5"), (False, "l", None)]),
            (["+k-k", "a", "b"], [(True, "k", "a"), (False, "k", "b")]),
            (["b"], [(True, "b", None)]),
            (["+bX", "a!*@*"], [(True, "b", "a!*@*"), (True, "X", None)]),
            ([""], []), ([], []), (["+-+-"], []), (["+o"], [(True, "o", None)]),
        ],
    )  # fmt: skip
    def test_changes(self, params: list[str], changes: list[Any]) -> None:
        assert modes.parse(params, modes.Kinds()) == changes

    def test_what_is_told(self) -> None:
        changes = [modes.Change(True, "n"), modes.Change(True, "o", "ann"), modes.Change(False, "k", "*")]
        assert modes.emit(changes) == ("+no-k", "ann", "*")

    def test_kinds_of_another_server(self) -> None:
        kinds = modes.Kinds.of("beI,kfL,lj,psmntirRcOAQKVCuzNSMTGZ", "(qaohv)~&@%+")
        assert kinds.prefix == "qaohv"
        assert kinds.takes("j", add=True)
        assert not kinds.takes("j", add=False)
        assert modes.Kinds.of("b", "@+") == modes.Kinds("b", "", "", "", "")


def test_ctcp() -> None:
    assert ctcp.parse("\x01ACTION waves\x01") == ("ACTION", "waves")
    assert ctcp.parse("\x01version") == ("VERSION", "")
    assert ctcp.parse("\x01") is ctcp.parse("plain") is ctcp.parse("\x01\x01") is None
    assert ctcp.emit(ctcp.Request("ACTION", "waves")) == "\x01ACTION waves\x01"
    assert ctcp.emit(ctcp.Request("VERSION")) == "\x01VERSION\x01"
    for wrong in (ctcp.Request("A B"), ctcp.Request("A", "\x01"), ctcp.Request("")):
        with pytest.raises(LocalProtocolError):
            ctcp.emit(wrong)


class TestSasl:
    @settings(deadline=None)
    @given(st.binary(max_size=1500))
    def test_pieces(self, answer: bytes) -> None:
        said = sasl.emit(answer)
        held = sasl.Pieces()
        assert [held.feed(piece) for piece in said] == [None] * (len(said) - 1) + [answer]
        assert all(len(piece) <= sasl.PIECE for piece in said)

    def test_a_multiple_of_400_has_an_end(self) -> None:
        assert sasl.emit(b"x" * 300) == ["eHh4" * 100, "+"]
        assert sasl.emit(b"") == ["+"]

    @pytest.mark.parametrize("piece", ["!", "x" * 401, "abc", "é"])
    def test_what_isnt_base64(self, piece: str) -> None:
        with pytest.raises(RemoteProtocolError):
            sasl.Pieces().feed(piece)

    def test_it_has_an_end(self) -> None:
        held = sasl.Pieces()
        for _ in range(sasl.LIMIT // sasl.PIECE):
            held.feed("QUJD" * 100)
        with pytest.raises(RemoteProtocolError):
            held.feed("QUJD" * 100)


def test_numerics_have_one_name_each() -> None:
    constants = {name: value for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}
    assert len(numerics.NAMES) == len(constants)
    assert all(len(code) == 3 and code.isdigit() for code in numerics.NAMES)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", PARSERS)
def test_hostile_bytes(name: str) -> None:
    hammer(PARSERS[name].parse, PARSERS[name].samples)
