from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.sse import (
    Comment,
    Event,
    Item,
    Parser,
    Retry,
    emit,
    emit_all,
    emit_comment,
    emit_id,
    emit_retry,
)
from tests.fuzzing import hammer
from tests.security.parsers.sse import PARSERS


def parsed(data: bytes, *, size: int = 0) -> list[Item]:
    """The items of a stream that comes in pieces of `size` bytes (0: whole)."""
    parser = Parser()
    step = size or len(data) or 1
    return [item for at in range(0, len(data), step) for item in parser.feed(data[at : at + step])]


class TestTheStandardsExamples:
    """WHATWG HTML §9.2.6."""

    @pytest.mark.parametrize(
        ("data", "items"),
        [
            (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event("YHOO\n+2\n10")]),
            (
                b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                [Comment("test stream"), Event("first event", id="1"), Event("second event"), Event(" third event")],
            ),
            (b"data\n\ndata\ndata\n\ndata:", [Event(""), Event("\n")]),
            (b"data:test\n\ndata: test\n\n", [Event("test"), Event("test")]),
            (
                b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
                [Event("73857293", "add"), Event("2153", "remove"), Event("113411", "add")],
            ),
        ],
    )
    @pytest.mark.parametrize("size", [0, 1, 3])
    def test_it_reads_as_the_standard_says(self, data: bytes, items: list[Item], size: int) -> None:
        assert parsed(data, size=size) == items


class TestLines:
    @pytest.mark.parametrize("size", [0, 1, 2, 5])
    @pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
    def test_line_ends(self, end: bytes, size: int) -> None:
        data = end.join((b"data: a", b"data: b", b"", b"data: c", b"", b""))
        assert parsed(data, size=size) == [Event("a\nb"), Event("c")]

    @pytest.mark.parametrize("size", [0, 1])
    def test_they_may_be_mixed(self, size: int) -> None:
        assert parsed(b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\r", size=size) == [Event("a\nb\nc"), Event("d")]

    def test_an_event_ends_with_its_cr(self) -> None:
        """It isn't known yet whether LF follows, and need not be."""
        parser = Parser()
        assert parser.feed(b"data: a\r\r") == [Event("a")]
        assert parser.feed(b"\ndata: b\r\n\r") == [Event("b")]
        assert parser.feed(b"") == []
        assert parser.feed(b"\n") == []
        assert parser.feed(b"\ndata: c\n\n") == [Event("c")]

    @pytest.mark.parametrize("size", [0, 1])
    def test_one_mark_at_the_beginning_is_passed_over(self, size: int) -> None:
        assert parsed(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", size=size) == [Event("a")]
        assert parsed(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", size=size) == []

    def test_what_is_no_utf_8_is_replaced(self) -> None:
        assert parsed(b"data: \xff\xe2\x82\n\n") == [Event("��")]

    def test_what_is_unknown_is_passed_over(self) -> None:
        assert parsed(b"Data: x\n data: x\ndata : x\nfoo: x\nfoo\ndata: y\n\n") == [Event("y")]


class TestFields:
    def test_an_id_stays(self) -> None:
        parser = Parser()
        assert parser.feed(b"id: 7\ndata: a\n\ndata: b\n\n") == [Event("a", id="7"), Event("b", id="7")]
        assert parser.last_id == "7"

    def test_an_id_holds_from_the_blank_line_on(self) -> None:
        parser = Parser(last_id="6")
        assert parser.feed(b"id: 7\n") == []
        assert parser.last_id == "6"
        assert parser.feed(b"\n") == []
        assert parser.last_id == "7"

    def test_an_id_with_nul_is_none(self) -> None:
        assert parsed(b"id: 1\nid: 2\0\ndata: a\n\n") == [Event("a", id="1")]

    def test_a_name_is_for_one_event(self) -> None:
        assert parsed(b"event: x\n\ndata: a\n\nevent: y\nevent:\ndata: b\n\n") == [Event("a"), Event("b")]

    @pytest.mark.parametrize(
        ("value", "items"),
        [
            (b"10", [Retry(10)]),
            (b"0", [Retry(0)]),
            (b"-1", []),
            (b"1.5", []),
            (b"", []),
            (b"1a", []),
            (b"  1", []),
            (b"9" * 5000, [Retry(10**15 - 1)]),
            ("٣".encode(), []),
        ],
    )
    def test_retry_has_digits_only(self, value: bytes, items: list[Item]) -> None:
        assert parsed(b"retry:" + value + b"\n") == items

    def test_comments(self) -> None:
        assert parsed(b":\n: a\n:a: b\n::\n") == [Comment(""), Comment("a"), Comment("a: b"), Comment(":")]

    def test_an_event_that_is_not_whole_is_none(self) -> None:
        assert parsed(b"data: a\n") == []


class TestLimits:
    @pytest.mark.parametrize(
        "data",
        [b"data: " + b"x" * 200, b":" + b"x" * 200, b"data: xxxxxxxxx\n" * 20, b"data\n" * 200, b"event: " + b"x" * 99],
    )
    @pytest.mark.parametrize("size", [1, 64, 1000])
    def test_an_event_has_a_size(self, data: bytes, size: int) -> None:
        parser = Parser(limit=100)
        with pytest.raises(RemoteProtocolError, match="more than 100 bytes"):
            _ = [parser.feed(data[at : at + size]) for at in range(0, len(data), size)]

    def test_so_many_bytes_are_taken(self) -> None:
        parser = Parser(limit=100)
        for _ in range(5):
            assert parser.feed(b"data: " + b"x" * 94 + b"\n\n") == [Event("x" * 94)]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))
ID = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1)
ITEM = st.one_of(
    st.builds(Event, TEXT.map(lambda text: text.replace("\r", "")), LINE.filter(bool), ID),
    st.builds(Comment, LINE),
    st.builds(Retry, st.integers(0, 10**15 - 1)),
)


class TestEmit:
    @given(st.lists(ITEM), st.integers(1, 50))
    def test_what_is_said_is_heard(self, items: list[Item], size: int) -> None:
        assert parsed(emit_all(items), size=size) == items

    def test_line_ends_arrive_as_lf(self) -> None:
        assert parsed(emit(Event("a\r\nb\rc\nd\n"))) == [Event("a\nb\nc\nd\n")]

    def test_how_it_looks(self) -> None:
        assert emit(Event("a\nb", "add", "7")) == b"event: add\nid: 7\ndata: a\ndata: b\n\n"
        assert emit(Event("a")) == emit(Event("a", "")) == b"data: a\n\n"
        assert emit_comment() == b":\n"
        assert emit_comment("a\nb") == b": a\n: b\n"
        assert emit_retry(10) == b"retry: 10\n"
        assert emit_id("7") == b"id: 7\n\n"

    @pytest.mark.parametrize(
        "event",
        [Event(name="a\nb"), Event(name="a\rb"), Event(id="a\nb"), Event(id="a\r"), Event(id="a\0"), Event("\ud800")],
    )
    def test_what_has_no_place_there_is_refused(self, event: Event) -> None:
        with pytest.raises(LocalProtocolError):
            emit(event)

    def test_an_id_alone_is_checked_too(self) -> None:
        with pytest.raises(LocalProtocolError, match="one line"):
            emit_id("a\ndata: evil")


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(PARSERS["sse"].parse, PARSERS["sse"].samples)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_cutting_it_anywhere_changes_nothing(data: bytes, places: list[int]) -> None:
    parser = Parser()
    at = 0
    found: list[Item] = []
    for place in [*sorted(place for place in places if place <= len(data)), len(data)]:
        found += parser.feed(data[at:place])
        at = place
    whole = Parser()
    assert found == whole.feed(data)
    assert parser.last_id == whole.last_id
