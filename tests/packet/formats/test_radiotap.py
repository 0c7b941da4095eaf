"""Radiotap: its length, its words, and whether a check sequence follows the frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.dot11 import Dot11
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.llc import LLC, SNAP
from netloom.packet.formats.radiotap import Radiotap, flags
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.layer import Cut
from tests.packet.formats.agreement import OCTETS, again, cut_anywhere, same_again, whatever

LEAST = bytes.fromhex("00 00 0800 00000000")
# The flags only
FLAGS = bytes.fromhex("00 00 0900 02000000 10")
# Time at 8, flags at 16
TIME = bytes.fromhex("00 00 1100 03000000 0102030405060708 10")
# Three words, so that the time begins at 16 and the flags stand at 24
WORDS = bytes.fromhex("00 00 1900 030000a0 000000a0 00000000 0102030405060708 10")
# Two words: the time is aligned from 12 to 16
ALIGNED = bytes.fromhex("00 00 1900 03000080 00000000 00000000 0102030405060708 10")


def test_octets_are_read() -> None:
    parsed = same_again(Radiotap, LEAST)
    assert parsed.layer == Radiotap(length=8)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, ("link", 105))


@pytest.mark.parametrize("data", [FLAGS, TIME, WORDS, ALIGNED], ids=["alone", "time", "three words", "aligned"])
def test_the_flags_are_found(data: bytes) -> None:
    assert flags(data) == 0x10
    parsed = same_again(Radiotap, data)
    assert (parsed.header, parsed.end, parsed.above) == (len(data), -4, ("link", 105))
    without = same_again(Radiotap, data[:-1] + b"\x02")
    assert (without.end, without.above) == (None, ("link", 105))


def test_a_padded_frame_ends_there() -> None:
    assert same_again(Radiotap, FLAGS[:-1] + b"\x30").above is None


def test_cut_anywhere() -> None:
    for data in (LEAST, FLAGS, TIME, WORDS, ALIGNED):
        cut_anywhere(Radiotap, data)
    with pytest.raises(Cut) as caught:
        Radiotap.parse(bytes.fromhex("00 00 ffff 00000000"))
    assert caught.value.needed == 0xFFFF


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("01 00 0800 00000000", "version 1"),
        ("00 00 0700 00000000", "a header of 7 octets"),
        ("00 00 0800 00000080", "a word of what there is"),
        ("00 00 0b00 00000080 000000", "a word of what there is"),
        ("00 00 0800 02000000", "flags outside"),
        ("00 00 1000 03000000 0102030405060708", "flags outside"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(data: str, what: str) -> None:
    with pytest.raises(RemoteProtocolError, match=what):
        Radiotap.parse(bytes.fromhex(data))


def test_words_without_an_end_are_bounded_by_the_length() -> None:
    with pytest.raises(RemoteProtocolError, match="a word of what there is"):
        Radiotap.parse(bytes.fromhex("0000 fcff") + b"\xff" * 0xFFF8)


@given(st.builds(Radiotap, fields=st.binary(max_size=20).map(lambda data: bytes(4) + data), pad=OCTETS))
def test_written_and_read(layer: Radiotap) -> None:
    found = same_again(Radiotap, bytes(layer)).layer
    assert isinstance(found, Radiotap)
    assert (found.fields, found.pad) == (layer.fields, layer.pad)


@given(
    st.one_of(
        st.binary(max_size=40),
        st.tuples(st.integers(0, 40), st.binary(max_size=40)).map(lambda parts: bytes([0, 0, parts[0], 0]) + parts[1]),
    ),
)
def test_any_octets(data: bytes) -> None:
    whatever(Radiotap, data)


def test_numbers_have_their_width() -> None:
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(Radiotap(length=1 << 16))
    with pytest.raises(UsageError, match="Radiotap"):
        bytes(Radiotap(fields=bytes(1 << 16)))


FRAME = Dot11(from_ds=True) / LLC() / SNAP() / IPv4(length=0) / UDP(length=0, checksum=0) / b"abc"


def test_a_row_is_without_the_check_sequence() -> None:
    assert again(Radiotap() / FRAME, link=127).payload_length == 3
    row = again(Radiotap(fields=FLAGS[4:]) / FRAME / b"\1\2\3\4", link=127)
    assert (row.payload, row.payload_length) == (3, 3)


def test_a_check_sequence_that_was_cut_off() -> None:
    data = bytes(Radiotap(fields=FLAGS[4:]) / FRAME / b"\1\2\3\4")
    for cut, payload in ((1, 3), (4, 3), (5, 2), (7, 0)):
        row = dissect(Frame(data=data[:-cut], timestamp_ns=None, link_type=127, length=len(data))).row
        assert (row.payload, row.payload_length, row.anomaly) == (payload, 3, 0)


def test_a_frame_that_is_shorter_than_its_check_sequence() -> None:
    for octets in range(4):
        data = FLAGS + bytes(octets)
        found = dissect(Frame(data=data, timestamp_ns=None, link_type=127, length=len(data)))
        assert (found.row.payload, found.row.payload_length) == (0, 0)
        assert found.row.anomaly
        assert bytes(found.packet) == data
