from __future__ import annotations

import contextlib

import pylsqpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.http3.codes import Code, Http3Error
from netloom.wire.http3.qpack import OVERHEAD, TooLarge, emit, parse
from netloom.wire.http3.qpack_static import TABLE

NAMES = st.sampled_from([name for name, _ in TABLE] + [b"x-loom", b"x-a-rather-long-name-of-a-field"])
FIELDS = st.lists(
    st.tuples(NAMES, st.binary(max_size=400) | st.sampled_from([value for _, value in TABLE])), max_size=12
)
ROOM = 1 << 20


@given(FIELDS)
def test_what_is_emitted_is_parsed(fields: list[tuple[bytes, bytes]]) -> None:
    assert parse(emit(fields), ROOM) == fields


@given(FIELDS.filter(bool))
def test_another_library_understands_us(fields: list[tuple[bytes, bytes]]) -> None:
    _, found = pylsqpack.Decoder(0, 0).feed_header(0, emit(fields))
    assert found == fields


@given(FIELDS)
def test_we_understand_another_library(fields: list[tuple[bytes, bytes]]) -> None:
    _, block = pylsqpack.Encoder().encode(0, fields)  # it codes strings as Huffman has it
    assert parse(block, ROOM) == fields


def test_the_static_table_is_everybodys() -> None:
    decoder = pylsqpack.Decoder(0, 0)
    for number, field in enumerate(TABLE):
        index = bytes([0xC0 | number]) if number < 63 else bytes([0xFF, number - 63])
        assert decoder.feed_header(number * 4, b"\0\0" + index)[1] == [field]
    assert len(TABLE) == 99


@given(st.binary(max_size=200))
def test_any_bytes(block: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        parse(block, ROOM)


@given(FIELDS, st.data())
def test_a_section_that_is_cut_is_never_taken_for_more(fields: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    block = emit(fields)
    cut = data.draw(st.integers(0, len(block)))
    found = []
    with contextlib.suppress(Http3Error):
        found = parse(block[:cut], ROOM)
    assert found == fields[: len(found)]


def test_secrets_are_never_to_be_indexed() -> None:
    assert emit([(b"authorization", b"Basic x")])[2] & 0xF0 == 0x70
    assert emit([(b"proxy-authorization", b"Basic x")])[2] & 0xF0 == 0x30


class TestBombs:
    def test_one_byte_that_stands_for_many_counts_as_many(self) -> None:
        longest = max(range(63), key=lambda number: len(TABLE[number][0]) + len(TABLE[number][1]))
        size = sum(map(len, TABLE[longest])) + OVERHEAD
        block = b"\0\0" + bytes([0xC0 | longest]) * 1000
        with pytest.raises(TooLarge):
            parse(block, size * 999)
        assert len(parse(block, size * 1000)) == 1000

    def test_huffmans_code_counts_as_what_it_stands_for(self) -> None:
        block = pylsqpack.Encoder().encode(0, [(b"x", b"0" * 10_000)])[1]
        assert len(block) < 7000
        with pytest.raises(TooLarge):
            parse(block, 9_000)

    @pytest.mark.parametrize("block", [b"\x01\0\x80", b"\0\0\x80", b"\0\0\x40\0", b"\0\0\x10", b"\0\0\x00\0"])
    def test_there_is_no_dynamic_table_to_refer_to(self, block: bytes) -> None:
        with pytest.raises(Http3Error) as caught:
            parse(block, ROOM)
        assert caught.value.code is Code.QPACK_DECOMPRESSION_FAILED

    def test_an_integer_without_end(self) -> None:
        with pytest.raises(Http3Error):
            parse(b"\0\0\xff" + b"\xff" * 100_000, ROOM)

    def test_a_string_longer_than_all_there_is(self) -> None:
        with pytest.raises(Http3Error):
            parse(b"\0\0\x23abc\x7f\xff\xff\xff\x7f", ROOM)
