"""TCP and its options, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import (
    LETTERS,
    NOP,
    TCP,
    Option,
    letters,
    mss,
    number,
    option,
    options,
    sack,
    sack_permitted,
    timestamps,
    window_scale,
)
from netloom.packet.frame import Frame
from netloom.packet.layer import Cut
from netloom.packet.row import CUT, LYING
from netloom.wire.checksum import checksum, pseudo_header
from tests.packet.formats.agreement import SHORTS, WORDS, again, cut_anywhere, frame, same_again, whatever

# 40000 to 80, SYN, ECE and CWR, window 65535, MSS 1460
SYN = bytes.fromhex("9c40 0050 12345678 00000000 60c2 ffff abcd 0000 020405b4")
# 80 to 40000, PSH and ACK, urgent to 5, without options
DATA = bytes.fromhex("0050 9c40 00000009 12345679 5018 0200 abcd 0005") + b"hello"
HEADERS = st.builds(
    TCP,
    dport=SHORTS,
    sport=SHORTS,
    seq=WORDS,
    ack=WORDS,
    flags=st.integers(0, 511).map(letters),
    window=SHORTS,
    urgent=SHORTS,
    reserved=st.integers(0, 7),
    options=st.integers(0, 10).flatmap(lambda words: st.binary(min_size=4 * words, max_size=4 * words)),
    checksum=SHORTS,
)


def test_octets_are_read() -> None:
    parsed = same_again(TCP, DATA)
    assert parsed.layer == TCP(
        dport=40_000, sport=80, seq=9, ack=0x12345679, flags="PA", window=512, urgent=5, header=20, checksum=0xABCD
    )
    assert (parsed.header, parsed.end, parsed.above) == (20, None, ("tcp", 40_000))


def test_options_are_read() -> None:
    parsed = same_again(TCP, SYN)
    layer = parsed.layer
    assert isinstance(layer, TCP)
    assert (layer.flags, layer.options, layer.header, parsed.header) == ("SEC", mss(1460), 24, 24)


def test_all_twelve_bits_are_kept() -> None:
    layer = same_again(TCP, DATA[:12] + b"\x5f\xff" + DATA[14:]).layer
    assert isinstance(layer, TCP)
    assert (layer.flags, layer.reserved) == (LETTERS, 7)


def test_cut_anywhere() -> None:
    cut_anywhere(TCP, DATA)
    cut_anywhere(TCP, SYN)
    with pytest.raises(Cut) as caught:
        TCP.parse(SYN[:20])
    assert caught.value.needed == 24


@given(HEADERS, st.binary(max_size=9))
def test_written_and_read(layer: TCP, payload: bytes) -> None:
    found = same_again(TCP, bytes(layer / payload)).layer
    assert isinstance(found, TCP)
    assert found.header == 20 + len(layer.options)
    assert bytes(found) == bytes(layer)
    assert (found.seq, found.flags, found.reserved) == (layer.seq, layer.flags, layer.reserved)


@given(st.one_of(st.binary(max_size=70), st.binary(max_size=60).map(lambda data: data[:12] + b"\x70" + data[12:])))
def test_any_octets(data: bytes) -> None:
    whatever(TCP, data)
    options(data)


@pytest.mark.parametrize("words", range(5))
def test_a_header_that_ends_in_itself_is_refused(words: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"a header of {words * 4} octets") as caught:
        TCP.parse(DATA[:12] + bytes([words << 4]) + DATA[13:])
    assert caught.value.offset == 12


@given(st.binary(max_size=30))
def test_the_checksum_covers_addresses_and_data(payload: bytes) -> None:
    for below, skip in ((IPv4(src="192.0.2.1", dst="192.0.2.2"), 20), (IPv6(src="::1", dst="::2"), 40)):
        segment = bytes(below / TCP() / payload)[skip:]
        assert checksum(segment, pseudo_header(*below.ends(), 6, len(segment))) == 0


def test_without_ip_there_is_no_checksum() -> None:
    with pytest.raises(UsageError, match="no IP is below it") as caught:
        bytes(TCP())
    assert caught.value.hint == "give TCP(checksum=0)"
    assert bytes(Ethernet() / TCP(checksum=0))[30:32] == b"\0\0"


@pytest.mark.parametrize(
    "wrong",
    [
        TCP(dport=1 << 16),
        TCP(seq=-1),
        TCP(reserved=8),
        TCP(header=18),
        TCP(header=64),
        TCP(options=bytes(41)),
        TCP(checksum=1 << 16),
    ],
    ids=lambda layer: repr(layer)[:40],
)
def test_what_has_no_place_is_refused(wrong: TCP) -> None:
    with pytest.raises(UsageError, match="TCP"):
        bytes(IPv4() / wrong)


def test_flags_are_letters() -> None:
    assert [number(letter) for letter in LETTERS] == [1 << bit for bit in range(9)]
    assert number("SS") == 2
    assert letters(0x12) == "SA"
    with pytest.raises(UsageError, match="no flag 'X'"):
        TCP(flags="SX")


def test_a_row() -> None:
    row = again(Ethernet() / IPv4() / TCP(dport=443, sport=50_000, seq=7, ack=8, flags="PA", window=9) / b"abc")
    assert (row.protocol, row.src_port, row.dst_port, row.seq, row.ack, row.window) == (6, 50_000, 443, 7, 8, 9)
    assert (row.flags, row.payload_length) == (0x18, 3)
    assert again(IPv4() / TCP(flags=LETTERS, reserved=7), link=228).flags == 0xFFF


def test_a_header_that_goes_on_behind_the_packet_lies() -> None:
    there = frame(IPv4() / TCP(header=24), link=228)
    assert dissect(there).row.anomaly == LYING
    longer = frame(IPv4(length=44) / TCP(header=24), link=228).data
    assert dissect(Frame(data=longer, timestamp_ns=None, link_type=228, length=44)).row.anomaly == CUT


# Options


def test_options_have_their_octets() -> None:
    assert mss(1460) == bytes.fromhex("020405b4")
    assert window_scale(7) == bytes.fromhex("030307")
    assert sack_permitted() == bytes.fromhex("0402")
    assert sack((1, 2), (5, 9)) == bytes.fromhex("0512 00000001 00000002 00000005 00000009")
    assert timestamps(1, 2) == bytes.fromhex("080a 00000001 00000002")
    assert option(NOP) == b"\x01"


@given(st.lists(st.builds(Option, kind=st.integers(2, 255), data=st.binary(max_size=20)) | st.just(Option(NOP))))
def test_options_written_and_read(found: list[Option]) -> None:
    data = b"".join(option(*one) for one in found)
    assert options(data) == found
    assert options(data + b"\0" + mss(1)) == found


def test_broken_options_end_the_list() -> None:
    assert options(bytes.fromhex("01 0200 01")) == [Option(NOP)]
    assert options(bytes.fromhex("01 0201 01")) == [Option(NOP)]
    assert options(bytes.fromhex("01 0204 05")) == [Option(NOP)]
    assert options(bytes.fromhex("01 02")) == [Option(NOP)]


def test_options_that_have_no_place_are_refused() -> None:
    with pytest.raises(UsageError, match="an option of TCP"):
        mss(1 << 16)
    with pytest.raises(UsageError, match="an option of TCP"):
        window_scale(-1)
    with pytest.raises(UsageError, match="an option of TCP"):
        timestamps(1 << 32)
    with pytest.raises(UsageError, match="an option of TCP"):
        sack((0, -1))
    with pytest.raises(UsageError, match="an option of TCP"):
        option(9, bytes(254))
