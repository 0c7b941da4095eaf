"""IPv4, on octets and back."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.layer import Around, Cut
from netloom.packet.row import CUT, LYING, MAPPED
from netloom.wire.checksum import checksum
from tests.packet.formats.agreement import OCTETS, SHORTS, again, cut_anywhere, frame, same_again, whatever

# DSCP 46, ECN 1, 29 octets, number 0x1c46, don't fragment, TTL 64, TCP, from 192.0.2.1 to 198.51.100.9
PLAIN = bytes.fromhex("45b9 001d 1c46 4000 40 06 1234 c0000201 c6336409") + b"what's up"
# The same with a router alert, as a fragment in the middle
OPTIONS = bytes.fromhex("46b9 0021 1c46 a0b9 40 06 1234 c0000201 c6336409 94040000") + b"what's up"
ADDRESSES = st.integers(0, 0xFFFFFFFF).map(IPv4Address)
HEADERS = st.builds(
    IPv4,
    dst=ADDRESSES,
    src=ADDRESSES,
    protocol=OCTETS,
    ttl=OCTETS,
    identification=SHORTS,
    dont_fragment=st.booleans(),
    more_fragments=st.booleans(),
    reserved=st.booleans(),
    fragment=st.integers(0, 8191).map(lambda units: units * 8),
    dscp=st.integers(0, 63),
    ecn=st.integers(0, 3),
    options=st.binary(max_size=40),
)


def test_octets_are_read() -> None:
    parsed = same_again(IPv4, PLAIN)
    assert parsed.layer == IPv4(
        dst="198.51.100.9",
        src="192.0.2.1",
        protocol=6,
        ttl=64,
        identification=0x1C46,
        dont_fragment=True,
        dscp=46,
        ecn=1,
        length=29,
        header=20,
        checksum=0x1234,
    )
    assert (parsed.header, parsed.end, parsed.above) == (20, 29, ("ip", 6))


def test_options_and_fragments_are_read() -> None:
    parsed = same_again(IPv4, OPTIONS)
    layer = parsed.layer
    assert isinstance(layer, IPv4)
    assert (layer.options, layer.header, layer.fragment) == (bytes.fromhex("94040000"), 24, 0xB9 * 8)
    assert (layer.more_fragments, layer.dont_fragment, layer.reserved) == (True, False, True)
    assert (parsed.header, parsed.end, parsed.above) == (24, 33, None)


def test_a_first_fragment_begins_what_it_carries() -> None:
    assert same_again(IPv4, PLAIN[:6] + b"\x20\x00" + PLAIN[8:]).above == ("ip", 6)


def test_cut_anywhere() -> None:
    cut_anywhere(IPv4, PLAIN)
    cut_anywhere(IPv4, OPTIONS)
    with pytest.raises(Cut) as caught:
        IPv4.parse(OPTIONS[:20])
    assert caught.value.needed == 24


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: IPv4, payload: bytes) -> None:
    data = bytes(layer / payload)
    found = same_again(IPv4, data).layer
    assert isinstance(found, IPv4)
    for name in ("dst", "src", "protocol", "ttl", "identification", "fragment", "dscp", "ecn"):
        assert getattr(found, name) == getattr(layer, name)
    assert (found.dont_fragment, found.more_fragments) == (layer.dont_fragment, layer.more_fragments)
    assert found.options.rstrip(b"\0") == layer.options.rstrip(b"\0")
    assert (found.header, found.length) == (20 + len(found.options), len(data))
    assert checksum(data[: found.header]) == 0


@given(st.one_of(st.binary(max_size=70), st.binary(max_size=70).map(lambda data: b"\x46" + data)))
def test_any_octets(data: bytes) -> None:
    whatever(IPv4, data)


@pytest.mark.parametrize(
    ("data", "what", "offset"),
    [
        (b"\x65" + PLAIN[1:], "version 6", 0),
        (b"\x44" + PLAIN[1:], "a header of 16 octets", 0),
        (PLAIN[:2] + b"\0\x13" + PLAIN[4:], "19 octets, 20 of them header", 2),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(data: bytes, what: str, offset: int) -> None:
    with pytest.raises(RemoteProtocolError, match=what) as caught:
        IPv4.parse(data)
    assert caught.value.offset == offset
    assert not isinstance(caught.value, Cut)


def test_no_length_is_as_far_as_the_frame_reaches() -> None:
    assert same_again(IPv4, PLAIN[:2] + b"\0\0" + PLAIN[4:]).end is None
    row = dissect(frame(IPv4(length=0) / UDP(length=0, checksum=0) / bytes(99), link=228)).row
    assert (row.payload_length, row.anomaly) == (99, 0)


def test_everything_is_filled_in() -> None:
    # RFC 1071's sum over it, made by hand
    assert bytes(IPv4(src="192.0.2.1", dst="192.0.2.2")) == bytes.fromhex(
        "4500 0014 0000 0000 40 3b f6ab c0000201 c0000202"
    )
    assert bytes(IPv4() / TCP())[9] == 6
    assert bytes(IPv4() / IPv4())[9] == 4
    assert bytes(IPv4() / IPv6())[9] == 41
    assert bytes(IPv4(options=b"\x94\4\0\0\1"))[20:] == b"\x94\4\0\0\1\0\0\0"


def test_what_is_given_is_written_right_or_wrong() -> None:
    data = bytes(IPv4(length=9, header=60, checksum=0xABCD, protocol=99) / TCP(checksum=0))
    assert (data[0], data[2:4], data[9], data[10:12]) == (0x4F, b"\0\x09", 99, b"\xab\xcd")


@pytest.mark.parametrize(
    "wrong",
    [
        IPv4(ttl=256),
        IPv4(dscp=64),
        IPv4(ecn=4),
        IPv4(identification=-1),
        IPv4(fragment=4),
        IPv4(fragment=65_536),
        IPv4(header=64),
        IPv4(header=22),
        IPv4(options=bytes(41)),
        IPv4(length=1 << 16),
        IPv4() / bytes(65_516),
    ],
    ids=lambda layer: repr(layer)[:40],
)
def test_what_has_no_place_is_refused(wrong: IPv4) -> None:
    with pytest.raises(UsageError, match="IPv4"):
        bytes(wrong)


def test_addresses_are_values_also_from_text() -> None:
    assert IPv4(dst="192.0.2.1") == IPv4(dst=IPv4Address("192.0.2.1"))
    assert IPv4(dst="192.0.2.1").ends() == (IPv4Address("127.0.0.1"), IPv4Address("192.0.2.1"))
    for wrong in ("192.0.2.256", "2001:db8::1", "here", ""):
        with pytest.raises(UsageError, match="no IPv4 address"):
            IPv4(src=wrong)


def test_a_row() -> None:
    layer = IPv4(src="192.0.2.1", dst="192.0.2.2", ttl=9, dscp=10, ecn=2, identification=77)
    row = again(Ethernet() / layer / UDP() / b"abc")
    assert (row.version, row.protocol, row.ttl, row.service, row.identification) == (4, 17, 9, 42, 77)
    assert (row.src_high, row.src_low, row.dst_low) == (0, MAPPED | 0xC0000201, MAPPED | 0xC0000202)
    assert (row.fragment, row.tunnels, row.payload_length) == (-1, 0, 3)


def test_fragments_in_a_row() -> None:
    first = again(IPv4(more_fragments=True, length=28) / UDP(length=2000, checksum=0), link=228)
    assert (first.fragment, first.dst_port, first.anomaly) == (0, 53, 0)
    later = again(IPv4(fragment=1480, protocol=17) / b"abcdefgh", link=228)
    assert (later.fragment, later.protocol, later.dst_port, later.payload_length) == (1480, 17, 0, 8)


def test_the_innermost_counts() -> None:
    row = again(Ethernet() / IPv6(hop_limit=1) / IPv4(ttl=2) / IPv4(ttl=3, dst="192.0.2.9") / UDP())
    assert (row.version, row.tunnels, row.ttl) == (4, 2, 3)
    assert (row.dst_high, row.dst_low) == (0, MAPPED | 0xC0000209)


def test_a_length_ends_the_packet() -> None:
    found = dissect(frame(Ethernet() / IPv4(length=31) / UDP(length=11, checksum=0) / b"abc" / bytes(15)))
    assert (found.row.payload, found.row.payload_length, found.row.anomaly) == (3, 3, 0)


def test_a_length_that_lies_and_one_that_was_cut() -> None:
    there = frame(IPv4(length=40, protocol=99) / bytes(19), link=228)
    assert dissect(there).row.anomaly == LYING
    row = dissect(Frame(data=there.data, timestamp_ns=None, link_type=228, length=40)).row
    assert (row.anomaly, row.payload, row.payload_length) == (0, 19, 20)
    row = dissect(Frame(data=there.data[:19], timestamp_ns=None, link_type=228, length=40)).row
    assert (row.anomaly, row.version) == (CUT, 0)


def test_a_looping_tunnel_comes_to_an_end() -> None:
    packet = IPv4() / b""
    for _ in range(40):
        packet = IPv4() / packet
    row = dissect(frame(packet, link=228)).row
    assert (row.tunnels, row.anomaly) == (23, 4)


def test_the_checksum_is_the_headers_alone() -> None:
    alone = IPv4(protocol=99).emit(b"", Around((), None))
    assert IPv4(protocol=99, length=20).emit(b"payload", Around((), None))[:20] == alone
