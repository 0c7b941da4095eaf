"""Telnet's bytes: commands among data, options that never go round in circles, and what they say."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.telnet import codes, screen
from netloom.wire.telnet import subnegotiation as sub
from netloom.wire.telnet.codes import DO, DONT, IAC, SB, SE, WILL, WONT
from netloom.wire.telnet.options import Change, Options, State
from netloom.wire.telnet.stream import (
    LIMIT,
    Command,
    Data,
    Event,
    Negotiation,
    Reader,
    Subnegotiation,
    emit,
    emit_data,
)
from netloom.wire.telnet.subnegotiation import Variable, Window
from tests.fuzzing import hammer
from tests.security.parsers.telnet import PARSERS

octet = st.integers(0, 255)
events = st.one_of(
    st.builds(Data, st.binary(min_size=1, max_size=40).filter(lambda data: b"\r" not in data)),
    st.builds(Command, st.sampled_from([codes.NOP, codes.IP, codes.AYT, codes.EC, codes.GA, codes.BRK])),
    st.builds(Negotiation, st.sampled_from([WILL, WONT, DO, DONT]), octet),
    st.builds(Subnegotiation, octet, st.binary(max_size=40)),
)


def joined(found: list[Event]) -> list[Event]:
    """Data next to data is one: where it was cut isn't told."""
    made: list[Event] = []
    for event in found:
        if isinstance(event, Data) and made and isinstance(made[-1], Data):
            made[-1] = Data(made[-1].data + event.data)
        else:
            made.append(event)
    return made


class TestStream:
    @given(st.lists(events, max_size=8), st.lists(st.integers(1, 7), max_size=30))
    def test_what_is_emitted_is_read_again_however_it_is_cut(self, said: list[Event], cuts: list[int]) -> None:
        whole = b"".join(map(emit, said))
        reader, found, at = Reader(), list[Event](), 0
        for size in [*cuts, len(whole)]:
            found += reader.feed(whole[at : at + size])
            at += size
        assert joined(found) == joined(said)

    @given(st.binary(max_size=200))
    def test_arbitrary_bytes(self, data: bytes) -> None:
        whole: list[Event] | None = None
        try:
            whole = joined(Reader().feed(data))
        except RemoteProtocolError as error:
            assert error.rule == "RFC 855"  # noqa: PT017  # the other way is as good
        if whole is not None:
            reader = Reader()
            assert joined([event for byte in data for event in reader.feed(bytes((byte,)))]) == whole

    def test_on_literal_bytes(self) -> None:
        said = b"a\xff\xffb" + bytes(
            (IAC, WILL, codes.ECHO, IAC, SB, codes.NAWS, 0, 80, 255, 255, 0, IAC, SE, IAC, codes.NOP)
        )
        assert joined(Reader().feed(said)) == [
            Data(b"a\xffb"),
            Negotiation(WILL, codes.ECHO),
            Subnegotiation(codes.NAWS, b"\0P\xff\0"),
            Command(codes.NOP),
        ]

    @pytest.mark.parametrize("cut", range(1, 8))
    def test_a_return_and_nul_is_a_return(self, cut: int) -> None:
        reader = Reader()
        said = b"ab\r\0c\r\n"
        found = b"".join(event.data for event in (*reader.feed(said[:cut]), *reader.feed(said[cut:])))  # type: ignore[union-attr]  # data all
        assert found == b"ab\rc\r\n"

    def test_in_binary_nothing_is_left_out(self) -> None:
        reader = Reader()
        reader.binary = True
        assert reader.feed(b"a\r\0b") == [Data(b"a\r\0b")]
        assert emit_data(b"a\rb\xff", binary=True) == b"a\rb\xff\xff"

    def test_a_bare_return_gets_a_nul(self) -> None:
        assert emit_data(b"a\rb\r\nc\r") == b"a\r\0b\r\nc\r\0"

    def test_what_an_option_says_is_bounded(self) -> None:
        reader = Reader()
        reader.feed(bytes((IAC, SB, codes.TTYPE)))
        reader.feed(b"x" * LIMIT)
        with pytest.raises(RemoteProtocolError, match=f"more than {LIMIT}"):
            reader.feed(b"x")

    def test_a_command_within_what_an_option_says(self) -> None:
        with pytest.raises(RemoteProtocolError, match="IAC SE or IAC IAC is expected"):
            Reader().feed(bytes((IAC, SB, codes.TTYPE, IAC, WILL)))


class TestOptions:
    """RFC 1143 §7, row by row."""

    def test_what_is_accepted_is_agreed_on_once(self) -> None:
        options = Options(ours=frozenset({codes.SGA}), theirs=frozenset({codes.ECHO}))
        assert options.received(WILL, codes.ECHO) == Change(codes.ECHO, False, True)
        assert options.received(DO, codes.SGA) == Change(codes.SGA, True, True)
        assert options.unsent() == bytes((IAC, DO, codes.ECHO, IAC, WILL, codes.SGA))
        assert options.received(WILL, codes.ECHO) is None
        assert options.received(DO, codes.SGA) is None
        assert options.unsent() == b""
        assert options.all_on(ours=False) == [codes.ECHO]

    def test_what_is_not_is_refused(self) -> None:
        options = Options()
        for verb, answer in ((WILL, DONT), (DO, WONT)):
            assert options.received(verb, 99) is None
            assert options.unsent() == bytes((IAC, answer, 99))
        for verb in (WONT, DONT):
            assert options.received(verb, 99) is None
            assert options.unsent() == b""

    def test_an_answer_is_not_answered(self) -> None:
        options = Options()
        options.ask(codes.NAWS, ours=False, on=True)
        assert options.unsent() == bytes((IAC, DO, codes.NAWS))
        assert options.received(WILL, codes.NAWS) == Change(codes.NAWS, False, True)
        options.ask(codes.NAWS, ours=False, on=False)
        assert options.unsent() == bytes((IAC, DONT, codes.NAWS))
        assert options.on(codes.NAWS, ours=False)
        assert options.received(WONT, codes.NAWS) == Change(codes.NAWS, False, False)
        assert options.unsent() == b""

    def test_a_wish_that_changes_before_the_answer(self) -> None:
        options = Options()
        options.ask(codes.ECHO, ours=True, on=True)
        options.ask(codes.ECHO, ours=True, on=False)
        assert options.unsent() == bytes((IAC, WILL, codes.ECHO))
        assert options.received(DO, codes.ECHO) is None
        assert options.unsent() == bytes((IAC, WONT, codes.ECHO))
        options.ask(codes.ECHO, ours=True, on=True)
        options.received(DONT, codes.ECHO)
        assert options.unsent() == bytes((IAC, WILL, codes.ECHO))
        assert options.state(codes.ECHO, ours=True) is State.WANT_YES

    def test_the_peer_ends_one(self) -> None:
        options = Options(theirs=frozenset({codes.ECHO}))
        options.received(WILL, codes.ECHO)
        options.unsent()
        assert options.received(WONT, codes.ECHO) == Change(codes.ECHO, False, False)
        assert options.unsent() == bytes((IAC, DONT, codes.ECHO))

    def test_a_peer_that_answers_no_by_yes(self) -> None:
        options = Options(theirs=frozenset({codes.ECHO}))
        options.received(WILL, codes.ECHO)
        options.ask(codes.ECHO, ours=False, on=False)
        options.unsent()
        assert options.received(WILL, codes.ECHO) == Change(codes.ECHO, False, False)
        assert options.unsent() == b""

    @pytest.mark.parametrize("asks", list(itertools.product(["", "on", "off", "on off", "on off on"], repeat=2)))
    def test_two_sides_come_to_an_end(self, asks: tuple[str, str]) -> None:
        """Whatever both ask for at the same time, the dialogue ends, and both believe the same."""
        left = Options(ours=frozenset({1}), theirs=frozenset())
        right = Options(ours=frozenset(), theirs=frozenset({1}))
        for word in asks[0].split():
            left.ask(1, ours=True, on=word == "on")
        for word in asks[1].split():
            right.ask(1, ours=False, on=word == "on")
        for _ in range(20):
            there, back = left.unsent(), right.unsent()
            if not there and not back:
                break
            for side, said in ((right, there), (left, back)):
                for event in Reader().feed(said):
                    assert isinstance(event, Negotiation)
                    side.received(event.verb, event.option)
        else:
            pytest.fail("they talk in circles")
        assert left.state(1, ours=True) is right.state(1, ours=False)
        assert left.state(1, ours=True) in (State.YES, State.NO)

    @given(st.lists(st.tuples(st.sampled_from([WILL, WONT, DO, DONT]), st.integers(0, 3)), max_size=60))
    def test_no_more_is_answered_than_was_said(self, said: list[tuple[int, int]]) -> None:
        options = Options(ours=frozenset({1}), theirs=frozenset({2}))
        for verb, option in said:
            options.received(verb, option)
            assert len(options.unsent()) <= 3


class TestWhatOptionsSay:
    @given(st.integers(0, 65535), st.integers(0, 65535))
    def test_windows(self, columns: int, rows: int) -> None:
        assert sub.parse_window(sub.emit_window(Window(columns, rows))) == (columns, rows)

    def test_a_window_of_another_size(self) -> None:
        with pytest.raises(RemoteProtocolError, match="4 bytes"):
            sub.parse_window(b"abc")

    def test_terminals(self) -> None:
        assert sub.parse_terminal(sub.emit_terminal("XTERM-256COLOR")) == "XTERM-256COLOR"
        assert sub.parse_terminal(sub.emit_terminal(None)) is None
        assert sub.parse_terminal(b"\0MTTS 137") == "MTTS 137", "as clients of games say it"
        for bad in (b"", b"\0" + b"x" * 41, b"\0a\tb", b"\x05x", b"\0\xff"):
            with pytest.raises(RemoteProtocolError):
                sub.parse_terminal(bad)
        for name in ("a b", "x" * 41, "ä", "a\r"):
            with pytest.raises(LocalProtocolError):
                sub.emit_terminal(name)

    @given(
        st.sampled_from([sub.IS, sub.INFO, sub.SEND]),
        st.lists(
            st.builds(Variable, st.binary(max_size=9), st.none() | st.binary(max_size=9), st.booleans()), max_size=9
        ),
    )
    def test_variables(self, verb: int, variables: list[Variable]) -> None:
        assert sub.parse_variables(sub.emit_variables(verb, variables)) == (verb, variables)

    def test_variables_on_literal_bytes(self) -> None:
        assert sub.parse_variables(b"\0\0USER\1ann\3A\1\2\1b\3C") == (
            sub.IS,
            [Variable(b"USER", b"ann"), Variable(b"A", b"\1b", True), Variable(b"C", None, True)],
        )
        for bad in (b"", b"\7", b"\0x", b"\0\0A\2", b"\0" + b"\0A" * 65):
            with pytest.raises(RemoteProtocolError):
                sub.parse_variables(bad)

    def test_character_sets(self) -> None:
        for verb, names in ((sub.REQUEST, ["UTF-8", "US-ASCII"]), (sub.ACCEPTED, ["UTF-8"]), (sub.REJECTED, [])):
            assert sub.parse_charset(sub.emit_charset(verb, names)) == (verb, names)
        assert sub.parse_charset(b"\1[TTABLE]\1 UTF-8 EBCDIC") == (sub.REQUEST, ["UTF-8", "EBCDIC"])
        for bad in (b"", b"\0", b"\1", b"\x09x", b"\2\xff"):
            with pytest.raises(RemoteProtocolError):
                sub.parse_charset(bad)
        with pytest.raises(LocalProtocolError):
            sub.emit_charset(sub.REQUEST, ["a;b"])

    @given(st.binary(max_size=60))
    def test_arbitrary_bytes(self, data: bytes) -> None:
        for read in (sub.parse_window, sub.parse_terminal, sub.parse_variables, sub.parse_charset):
            try:
                read(data)
            except RemoteProtocolError:
                continue

    def test_options_have_names(self) -> None:
        assert codes.option_name(codes.NAWS) == "NAWS"
        assert codes.option_name(199) == "option 199"
        assert codes.COMMANDS[codes.IP] == "IP"
        assert (codes.SE, codes.SB, codes.WILL, codes.IAC) == (240, 250, 251, 255)


class TestScreen:
    @pytest.mark.parametrize(
        ("said", "shows"),
        [
            ("a\r\nb", "a\nb"),
            ("a  \r\n", "a\n"),
            ("abc\b\bX", "aXc"),
            ("abc\rX", "Xbc"),
            ("abc\r\x1b[KX", "X"),
            ("abc\x1b[2KX", "   X"),
            ("abc\x1b[1KX", "   X"),
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("one\r\n --More-- " + "\b" * 10 + " " * 10 + "\b" * 10 + "two\r\n", "one\ntwo\n"),
            ("one\r\n  ---- More ----\x1b[16D" + " " * 16 + "\x1b[16Dtwo", "one\ntwo"),
            ("one\r\n---(more 50%)---\r" + " " * 40 + "\rtwo", "one\ntwo"),
            ("a\x1b[5Cb", "ab"),
            ("abc\x1b[GX", "Xbc"),
            ("abc\x1b[2GX", "aXc"),
            ("a\tb", "a       b"),
            ("a\x07\0b", "ab"),
            ("\x1b]0;title\x07x", "x"),
            ("\x1b(Bx", "x"),
        ],
    )
    def test_what_is_shown(self, said: str, shows: str) -> None:
        assert screen.shown(said) == shows

    @given(st.text(alphabet="ab \t\b\r\n\x1b[;0129CDGKm", max_size=200))
    def test_a_screen_is_no_larger_than_what_was_said(self, said: str) -> None:
        assert len(screen.shown(said)) <= 8 * len(said)


@pytest.mark.parametrize("name", sorted(PARSERS.keys() - {"telnet screens"}))  # which show anything
def test_mutated_messages(name: str) -> None:
    hammer(PARSERS[name].parse, PARSERS[name].samples)
