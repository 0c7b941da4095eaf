"""ICMPv6, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.hop_by_hop import HopByHop, router_alert
from netloom.packet.formats.icmpv6 import ECHO_REPLY, ICMPv6, echo
from netloom.packet.formats.ipv6 import IPv6
from netloom.wire import icmp as wire
from tests.packet.formats.agreement import OCTETS, SHORTS, again, cut_anywhere, same_again, whatever

ONE = bytes.fromhex("8000 abcd 1234 0001") + b"data"
HEADERS = st.builds(ICMPv6, type=OCTETS, code=OCTETS, rest=st.binary(min_size=4, max_size=4), checksum=SHORTS)
BELOW = IPv6(src="2001:db8::1", dst="2001:db8::2")


def test_octets_are_read() -> None:
    parsed = same_again(ICMPv6, ONE)
    assert parsed.layer == ICMPv6(type=128, code=0, rest=echo(0x1234, 1), checksum=0xABCD)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, None)


def test_cut_anywhere() -> None:
    cut_anywhere(ICMPv6, ONE)


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: ICMPv6, payload: bytes) -> None:
    assert same_again(ICMPv6, bytes(layer / payload)).layer == layer


@given(st.binary(max_size=20))
def test_any_octets(data: bytes) -> None:
    whatever(ICMPv6, data)


@given(SHORTS, SHORTS, st.binary(max_size=40), st.booleans())
def test_echoes_are_those_of_the_protocol(identifier: int, sequence: int, data: bytes, reply: bool) -> None:
    layer = ICMPv6(type=ECHO_REPLY if reply else 128, rest=echo(identifier, sequence))
    assert (layer.identifier, layer.sequence) == (identifier, sequence)
    wanted = wire.emit(wire.Echo(6, reply, identifier, sequence, data), BELOW.ends())
    assert bytes(BELOW / layer / data)[40:] == wanted


def test_it_needs_addresses() -> None:
    with pytest.raises(UsageError, match="no IP is below"):
        bytes(ICMPv6())
    assert len(bytes(ICMPv6(checksum=0))) == 8


def test_a_row() -> None:
    row = again(BELOW / HopByHop(options=router_alert()) / ICMPv6(type=143, code=2) / bytes(24), link=229)
    assert (row.protocol, row.icmp_type, row.icmp_code, row.payload_length) == (58, 143, 2, 24)
