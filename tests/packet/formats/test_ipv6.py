"""IPv6's header, on octets and back."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.row import CUT, LYING
from tests.packet.formats.agreement import ADDRESSES, OCTETS, SHORTS, again, cut_anywhere, frame, same_again, whatever

# Version 6, class 0xb9, label 0x12345, 8 octets, UDP, 63 hops
OCTETS_OF_ONE = bytes.fromhex("6b912345 0008 11 3f" + "20010db8" + "00" * 11 + "01" + "ff02" + "00" * 13 + "fb")
HEADERS = st.builds(
    IPv6,
    dst=ADDRESSES.map(IPv6Address),
    src=ADDRESSES.map(IPv6Address),
    next_header=OCTETS,
    hop_limit=OCTETS,
    dscp=st.integers(0, 63),
    ecn=st.integers(0, 3),
    flow_label=st.integers(0, 0xFFFFF),
    length=SHORTS,
)


def test_octets_are_read() -> None:
    parsed = same_again(IPv6, OCTETS_OF_ONE + b"payload.")
    assert parsed.layer == IPv6(
        dst="ff02::fb",
        src="2001:db8::1",
        next_header=17,
        hop_limit=63,
        dscp=46,
        ecn=1,
        flow_label=0x12345,
        length=8,
    )
    assert (parsed.header, parsed.end, parsed.above) == (40, 48, ("ip", 17))


def test_cut_anywhere() -> None:
    cut_anywhere(IPv6, OCTETS_OF_ONE)


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: IPv6, payload: bytes) -> None:
    assert IPv6.parse(bytes(layer / payload)).layer == layer


@given(st.binary(max_size=80) | st.binary(min_size=39, max_size=60).map(lambda data: b"\x60" + data))
def test_any_octets(data: bytes) -> None:
    whatever(IPv6, data)


def test_another_version_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="version 4 where IPv6 is"):
        IPv6.parse(b"\x45" + bytes(39))


def test_length_and_number_are_filled_in() -> None:
    data = bytes(IPv6() / UDP(checksum=1) / b"four")
    assert data[4:7] == bytes([0, 12, 17])
    assert bytes(IPv6())[4:7] == bytes([0, 0, 59])  # nothing follows
    assert bytes(IPv6() / IPv4())[6] == 4
    assert bytes(IPv6() / IPv6())[6] == 41


def test_what_has_no_place_is_a_mistake() -> None:
    for wrong in (IPv6(hop_limit=256), IPv6(dscp=64), IPv6(ecn=4), IPv6(flow_label=1 << 20), IPv6(length=65536)):
        with pytest.raises(UsageError, match="IPv6"):
            bytes(wrong)
    with pytest.raises(UsageError, match="IPv6"):
        bytes(IPv6() / bytes(65536))
    with pytest.raises(UsageError, match="no IPv6 address"):
        IPv6(dst="192.0.2.1")


def test_a_row() -> None:
    row = again(Ethernet() / IPv6(src="2001:db8::1", dst="fe80::2", hop_limit=9, dscp=10, ecn=2) / UDP() / b"abc")
    assert (row.version, row.protocol, row.ttl, row.service) == (6, 17, 9, 42)
    assert (row.src_high, row.src_low) == (0x20010DB8 << 32, 1)
    assert (row.dst_high, row.dst_low) == (0xFE80 << 48, 2)
    assert (row.fragment, row.identification, row.tunnels, row.payload_length) == (-1, 0, 0, 3)


def test_the_innermost_counts() -> None:
    row = again(Ethernet() / IPv4(identification=7, more_fragments=False, ttl=1) / IPv6(hop_limit=2) / UDP())
    assert (row.version, row.ttl, row.tunnels, row.identification) == (6, 2, 1, 0)
    row = again(Ethernet() / IPv4(more_fragments=True, identification=7) / IPv6())
    assert (row.fragment, row.identification) == (-1, 0)
    row = again(IPv6() / IPv6(src="::5") / IPv4(), link=229)
    assert (row.version, row.tunnels, row.src_high) == (4, 2, 0)


def test_no_length_is_as_far_as_the_frame_reaches() -> None:
    row = dissect(frame(IPv6(length=0) / UDP(length=0) / bytes(20), link=229)).row
    assert (row.payload_length, row.anomaly) == (20, 0)


def test_a_length_ends_the_packet() -> None:
    found = dissect(
        frame(Ethernet() / IPv6(length=11, next_header=17) / UDP(length=11, checksum=0) / b"abc" / b"padding")
    )
    assert (found.row.payload, found.row.payload_length, found.row.anomaly) == (3, 3, 0)


def test_a_length_that_lies() -> None:
    assert dissect(frame(IPv6(length=9) / UDP(checksum=0), link=229)).row.anomaly == LYING
    data = bytes(IPv6(length=9) / UDP(checksum=0, length=8))
    assert dissect(Frame(data=data, timestamp_ns=None, link_type=229, length=49)).row.anomaly == 0
    assert dissect(Frame(data=data[:47], timestamp_ns=None, link_type=229, length=49)).row.anomaly == CUT
