"""VXLAN, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vlan import VLAN
from netloom.packet.formats.vxlan import VXLAN
from tests.packet.formats.agreement import OCTETS, again, cut_anywhere, same_again, whatever

# Network 0x123456
ONE = bytes.fromhex("08000000 12345600")
WIDE = st.integers(0, 0xFFFFFF)


def test_octets_are_read() -> None:
    parsed = same_again(VXLAN, ONE)
    assert parsed.layer == VXLAN(vni=0x123456)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, ("ethertype", 0x6558))


def test_what_is_reserved_is_kept() -> None:
    layer = same_again(VXLAN, bytes.fromhex("88012345 00000067")).layer
    assert layer == VXLAN(flags=0x88, reserved=0x012345, reserved_last=0x67)


def test_without_its_flag_it_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="flags 0xf7 without I"):
        VXLAN.parse(b"\xf7" + bytes(7))


def test_cut_anywhere() -> None:
    cut_anywhere(VXLAN, ONE)


@given(st.builds(VXLAN, vni=WIDE, flags=OCTETS.map(lambda octet: octet | 8), reserved=WIDE, reserved_last=OCTETS))
def test_written_and_read(layer: VXLAN) -> None:
    assert same_again(VXLAN, bytes(layer)).layer == layer


@given(st.one_of(st.binary(max_size=12), st.binary(max_size=12).map(lambda data: b"\x08" + data)))
def test_any_octets(data: bytes) -> None:
    whatever(VXLAN, data)


def test_numbers_have_their_width() -> None:
    for wrong in (VXLAN(vni=1 << 24), VXLAN(flags=256), VXLAN(reserved_last=-1)):
        with pytest.raises(UsageError, match="doesn't fit"):
            bytes(wrong)


def test_a_row_has_the_innermost() -> None:
    within = Ethernet(src="02:00:00:00:00:09") / VLAN(vid=9) / IPv4(dst="192.0.2.9") / TCP(dport=443) / b"abc"
    outside = Ethernet() / VLAN(vid=1) / IPv4() / UDP(sport=50_000, checksum=0)
    row = again(outside / VXLAN(vni=7) / within)
    assert (row.src_mac, row.vlan, row.inner_vlan) == (0x020000000009, 1, 9)
    assert (row.tunnels, row.protocol, row.dst_port, row.payload_length) == (1, 6, 443, 3)
    assert bytes(outside / VXLAN())[40:42] == b"\x12\xb5"
