"""UDP, on octets and back."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats import udp
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from netloom.packet.layer import Key, Raw
from netloom.packet.row import CUT, LYING
from tests.packet.formats.agreement import SHORTS, again, cut_anywhere, frame, same_again, whatever

ONE = bytes.fromhex("9c40 0035 000c abcd") + b"data"
HEADERS = st.builds(UDP, dport=SHORTS, sport=SHORTS, length=st.just(0) | st.integers(8, 0xFFFF), checksum=SHORTS)


class Above(Raw, frozen=True):
    """Something that is spoken at a port."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("udp", 4000),)


def test_octets_are_read() -> None:
    parsed = same_again(UDP, ONE)
    assert parsed.layer == UDP(dport=53, sport=40_000, length=12, checksum=0xABCD)
    assert (parsed.header, parsed.end, parsed.above) == (8, 12, ("udp", 53))


def test_cut_anywhere() -> None:
    cut_anywhere(UDP, ONE)


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: UDP, payload: bytes) -> None:
    assert same_again(UDP, bytes(layer / payload)).layer == layer


@given(st.binary(max_size=20))
def test_any_octets(data: bytes) -> None:
    whatever(UDP, data)


@pytest.mark.parametrize("length", range(1, 8))
def test_a_length_within_the_header_lies(length: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"{length} octets, 8 of them header"):
        UDP.parse(bytes([0, 1, 0, 2, 0, length, 0, 0]))
    assert dissect(frame(IPv4() / UDP(length=length), link=228)).row.anomaly == LYING


def test_no_length_is_as_far_as_ip_reaches() -> None:
    assert UDP.parse(bytes(8)).end is None
    row = dissect(frame(IPv4() / UDP(length=0) / bytes(20), link=228)).row
    assert (row.payload_length, row.anomaly) == (20, 0)


def test_a_length_ends_the_datagram() -> None:
    row = dissect(frame(IPv4() / UDP(length=11) / bytes(20), link=228)).row
    assert (row.payload, row.payload_length, row.anomaly) == (3, 3, 0)
    assert dissect(frame(IPv4() / UDP(length=29) / bytes(20), link=228)).row.anomaly == LYING
    short = frame(IPv4() / UDP() / bytes(20), link=228)
    cut = type(short)(data=short.data[:27], timestamp_ns=None, link_type=228, length=48)
    assert dissect(cut).row.anomaly == CUT


def test_the_checksum_is_filled_in() -> None:
    # The sum by hand: 127.0.0.1 twice, its protocol, its length twice, port 53 twice
    assert bytes(IPv4() / UDP())[26:28] == (0xFFFF - (2 * 0x7F01 + 17 + 8 + 8 + 53 + 53)).to_bytes(2, "big")
    assert bytes(IPv4() / UDP(checksum=0))[26:28] == b"\0\0"
    with pytest.raises(UsageError, match="no IP is below"):
        bytes(UDP())


@given(SHORTS, SHORTS)
def test_a_checksum_of_0_is_sent_as_all_ones(dport: int, word: int) -> None:
    for below in (IPv4(), IPv6()):
        plain = bytes(below / UDP(dport=dport, sport=0) / word.to_bytes(2, "big"))
        check = int.from_bytes(plain[-4:-2], "big")
        assert check
        # With that much more in it the sum is all ones, and its complement 0, which would say that there is none
        more = word + check
        whole = bytes(below / UDP(dport=dport, sport=0) / (more % 0xFFFF or 0xFFFF).to_bytes(2, "big"))
        assert whole[-4:-2] == b"\xff\xff"


def test_a_row() -> None:
    row = again(IPv6() / UDP(sport=5, dport=6) / b"abc", link=229)
    assert (row.protocol, row.src_port, row.dst_port, row.payload_at, row.payload_length) == (17, 5, 6, 48, 3)


def test_what_stands_above_is_known_by_either_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "known", lambda: {("udp", 4000): Above, ("udp", 4001): Above})
    assert bytes(IPv4() / UDP() / Above())[22:24] == (4000).to_bytes(2, "big")
    assert UDP.parse(bytes(UDP(dport=4000, sport=4001, checksum=1))).above == ("udp", 4000)
    assert UDP.parse(bytes(UDP(dport=4001, sport=4000, checksum=1))).above == ("udp", 4001)
    assert UDP.parse(bytes(UDP(dport=1, sport=4000, checksum=1))).above == ("udp", 4000)
    assert UDP.parse(bytes(UDP(dport=1, sport=2, checksum=1))).above == ("udp", 1)


def test_what_has_no_place_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="UDP"):
        bytes(IPv4() / UDP(dport=65536))
