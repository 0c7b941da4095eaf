"""GRE of both versions, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.gre import GRE
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.ppp import PPP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.row import CUT, LYING
from netloom.wire.checksum import checksum
from tests.packet.formats.agreement import SHORTS, WORDS, again, cut_anywhere, frame, same_again, whatever

PLAIN = bytes.fromhex("0000 0800")
# Checksum, key 7, sequence 9
FULL = bytes.fromhex("b000 86dd 1234 0000 00000007 00000009")
# Version 1: call 5, two octets, sequence 1, acknowledgment 2
CALL = bytes.fromhex("3081 880b 0002 0005 00000001 00000002 0021")


def test_the_least_is_read() -> None:
    parsed = same_again(GRE, PLAIN)
    assert parsed.layer == GRE(protocol=0x0800)
    assert (parsed.header, parsed.end, parsed.above) == (4, None, ("ethertype", 0x0800))


def test_all_options_are_read() -> None:
    parsed = same_again(GRE, FULL)
    assert parsed.layer == GRE(protocol=0x86DD, key=7, seq=9, checksummed=True, checksum=0x1234)
    assert (parsed.header, parsed.end) == (16, None)


def test_a_call_is_read() -> None:
    parsed = same_again(GRE, CALL)
    assert parsed.layer == GRE(protocol=0x880B, version=1, key=5, length=2, seq=1, ack=2)
    assert (parsed.header, parsed.end, parsed.above) == (16, 18, ("ethertype", 0x880B))


def test_a_call_without_a_sequence_number_carries_nothing() -> None:
    parsed = same_again(GRE, bytes.fromhex("2081 880b 0000 0005 00000002"))
    assert parsed.layer == GRE(protocol=0x880B, version=1, key=5, length=0, ack=2)
    assert (parsed.header, parsed.end, parsed.above) == (12, 12, None)


def test_cut_anywhere() -> None:
    for data in (PLAIN, FULL, CALL):
        cut_anywhere(GRE, data)


@given(
    st.builds(
        GRE,
        protocol=SHORTS,
        key=st.none() | WORDS,
        seq=st.none() | WORDS,
        reserved=st.integers(0, 0x7F).map(lambda bits: bits << 3),
    ),
)
def test_written_and_read(layer: GRE) -> None:
    assert same_again(GRE, bytes(layer)).layer == layer


@given(
    st.builds(GRE, protocol=SHORTS, version=st.just(1), key=SHORTS, seq=st.none() | WORDS, ack=st.none() | WORDS,
              length=SHORTS),
    st.binary(max_size=5),
)  # fmt: skip
def test_calls_written_and_read(layer: GRE, payload: bytes) -> None:
    assert same_again(GRE, bytes(layer / payload)).layer == layer


@given(st.one_of(st.binary(max_size=30), SHORTS.map(lambda bits: (bits & 0xB087).to_bytes(2, "big") + bytes(30))))
def test_any_octets(data: bytes) -> None:
    whatever(GRE, data)


@given(st.binary(max_size=30), st.none() | WORDS)
def test_the_checksum_covers_all(payload: bytes, key: int | None) -> None:
    written = bytes(GRE(checksummed=True, key=key) / payload)
    assert checksum(written) == 0
    assert bytes(GRE(checksummed=True, checksum=0xABCD) / payload)[4:6] == b"\xab\xcd"


@pytest.mark.parametrize(
    "bits",
    [
        "4000",  # routing of RFC 1701
        "0800",
        "0400",
        "0002",  # versions that there aren't
        "0007",
        "1001",  # a call without its number
        "b001",  # with a checksum
        "6001",
        "2801",
    ],
)
def test_what_has_to_be_discarded_is_refused(bits: str) -> None:
    with pytest.raises(RemoteProtocolError, match="flags and version") as caught:
        GRE.parse(bytes.fromhex(bits) + bytes(30))
    assert caught.value.offset == 0


def test_what_has_no_place_is_refused() -> None:
    for wrong in (GRE(protocol=1 << 16), GRE(key=1 << 32), GRE(version=1, key=1 << 16), GRE(version=8)):
        with pytest.raises(UsageError, match="doesn't fit"):
            bytes(wrong)
    with pytest.raises(UsageError, match="more than what is reserved"):
        bytes(GRE(reserved=0x2000))
    with pytest.raises(UsageError, match="GRE"):
        bytes(GRE(version=1) / bytes(1 << 16))


def test_a_row_has_what_is_carried() -> None:
    row = again(Ethernet() / IPv4(ttl=1) / GRE(key=5) / IPv6(hop_limit=2) / UDP() / b"abc")
    assert (row.ethertype, row.version, row.tunnels, row.ttl, row.payload_length) == (0x86DD, 6, 1, 2, 3)
    row = again(IPv6() / GRE(checksummed=True) / Ethernet() / IPv4() / UDP() / b"abc", link=229)
    assert (row.ethertype, row.version, row.tunnels) == (0x0800, 4, 1)


def test_a_call_ends_its_packet() -> None:
    row = again(IPv4() / GRE(version=1, key=5, seq=1) / PPP() / IPv4() / UDP() / b"abc", link=228)
    assert (row.ethertype, row.tunnels, row.payload_length) == (0x880B, 1, 3)
    there = frame(IPv4() / GRE(version=1, seq=1, length=9) / PPP(), link=228)
    assert dissect(there).row.anomaly == LYING
    cut = dissect(Frame(data=there.data[:-1], timestamp_ns=None, link_type=228, length=len(there.data)))
    assert cut.row.anomaly == LYING | CUT
