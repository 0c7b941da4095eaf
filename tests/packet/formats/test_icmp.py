"""ICMP, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.icmp import ECHO_REPLY, ICMP, echo, four
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.udp import UDP
from netloom.wire import icmp as wire
from tests.packet.formats.agreement import OCTETS, SHORTS, again, cut_anywhere, same_again, whatever

ONE = bytes.fromhex("0800 e5ca 1234 0001") + b"data"
HEADERS = st.builds(ICMP, type=OCTETS, code=OCTETS, rest=st.binary(min_size=4, max_size=4), checksum=SHORTS)


def test_octets_are_read() -> None:
    parsed = same_again(ICMP, ONE)
    assert parsed.layer == ICMP(type=8, code=0, rest=echo(0x1234, 1), checksum=0xE5CA)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, None)


def test_cut_anywhere() -> None:
    cut_anywhere(ICMP, ONE)


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: ICMP, payload: bytes) -> None:
    assert same_again(ICMP, bytes(layer / payload)).layer == layer


@given(st.binary(max_size=20))
def test_any_octets(data: bytes) -> None:
    whatever(ICMP, data)


@given(SHORTS, SHORTS, st.binary(max_size=40), st.booleans())
def test_echoes_are_those_of_the_protocol(identifier: int, sequence: int, data: bytes, reply: bool) -> None:
    layer = ICMP(type=ECHO_REPLY if reply else 8, rest=echo(identifier, sequence))
    assert (layer.identifier, layer.sequence) == (identifier, sequence)
    assert bytes(layer / data) == wire.emit(wire.Echo(4, reply, identifier, sequence, data))


def test_the_rest_is_four_octets() -> None:
    assert four(b"\1") == b"\1\0\0\0"
    assert bytes(ICMP(rest=b"\1", checksum=0))[4:] == b"\1\0\0\0"
    with pytest.raises(UsageError, match="has 4 octets, not 5"):
        bytes(ICMP(rest=bytes(5)))
    with pytest.raises(UsageError, match="ICMP"):
        bytes(ICMP(type=256))


def test_what_is_quoted_is_payload() -> None:
    row = again(IPv4(src="192.0.2.9") / ICMP(type=3, code=3) / bytes(IPv4(dst="192.0.2.1") / UDP()), link=228)
    assert (row.protocol, row.icmp_type, row.icmp_code, row.payload_length, row.tunnels, row.dst_port) == (
        1,
        3,
        3,
        28,
        0,
        0,
    )
