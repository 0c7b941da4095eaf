"""ARP, on octets and back."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vxlan import VXLAN
from netloom.packet.layer import Cut
from netloom.packet.row import LYING, MAPPED
from tests.packet.formats.agreement import OCTETS, SHORTS, again, cut_anywhere, frame, same_again, whatever

# 192.0.2.1 at 02:…:01 asks for 192.0.2.2
REQUEST = bytes.fromhex("0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202")
# Chaosnet's addresses of two octets, on hardware that has three
OTHER = bytes.fromhex("0002 0804 03 02 0002 010203 0405 060708 090a")
IPV4 = st.integers(0, 0xFFFFFFFF).map(IPv4Address)
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))


def test_octets_are_read() -> None:
    parsed = same_again(ARP, REQUEST)
    assert parsed.layer == ARP(
        operation=1,
        sha="02:00:00:00:00:01",
        spa="192.0.2.1",
        tha="00:00:00:00:00:00",
        tpa="192.0.2.2",
        hardware=1,
        protocol=0x0800,
        hardware_length=6,
        protocol_length=4,
    )
    assert (parsed.header, parsed.end, parsed.above) == (28, 28, None)


def test_other_lengths() -> None:
    parsed = same_again(ARP, OTHER)
    layer = parsed.layer
    assert isinstance(layer, ARP)
    assert (layer.sha, layer.spa, layer.tha, layer.tpa) == ("01:02:03", b"\4\5", "06:07:08", b"\x09\x0a")
    none = same_again(ARP, bytes.fromhex("0001 0800 00 00 0001")).layer
    assert isinstance(none, ARP)
    assert (none.sha, none.spa) == ("", b"")


def test_cut_anywhere() -> None:
    cut_anywhere(ARP, REQUEST)
    cut_anywhere(ARP, OTHER)
    with pytest.raises(Cut) as caught:
        ARP.parse(bytes.fromhex("0001 0800 ff ff 0001"))
    assert caught.value.needed == 8 + 4 * 255


@given(st.builds(ARP, operation=SHORTS, sha=MACS, spa=IPV4, tha=MACS, tpa=IPV4, hardware=SHORTS))
def test_written_and_read(layer: ARP) -> None:
    found = same_again(ARP, bytes(layer)).layer
    assert isinstance(found, ARP)
    assert (found.hardware_length, found.protocol_length) == (6, 4)
    assert bytes(found) == bytes(layer)
    assert (found.sha, found.spa, found.tha, found.tpa) == (layer.sha, layer.spa, layer.tha, layer.tpa)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.tuples(OCTETS, OCTETS, st.binary(max_size=99)).map(
            lambda parts: bytes([0, 1, 8, 0, parts[0] % 8, parts[1] % 8, 0, 1]) + parts[2]
        ),
    )
)
def test_any_octets(data: bytes) -> None:
    whatever(ARP, data)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(UsageError, match="no hardware address"):
        ARP(sha="x")
    with pytest.raises(UsageError, match="no IPv4 address"):
        ARP(tpa="192.0.2.256")
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(ARP(hardware_length=256))
    with pytest.raises(UsageError, match="ARP"):
        bytes(ARP(spa=bytes(256), tpa=bytes(256)))


def test_lengths_that_lie_are_written_and_seen() -> None:
    assert dissect(frame(Ethernet() / ARP(hardware_length=200))).row.anomaly == LYING


def test_a_row_has_the_protocol_addresses_and_no_version() -> None:
    row = again(Ethernet() / ARP(spa="192.0.2.1", tpa="192.0.2.2") / bytes(18))
    assert (row.ethertype, row.version, row.src_high, row.dst_high) == (0x0806, 0, 0, 0)
    assert (row.src_low, row.dst_low) == (MAPPED | 0xC0000201, MAPPED | 0xC0000202)
    assert (row.payload_at, row.payload_length) == (42, 0)
    other = again(Ethernet() / ARP(protocol=0x0804, spa=b"\1\2", tpa=b"\3\4"))
    assert (other.src_low, other.dst_low) == (0, 0)


def test_in_a_tunnel_the_addresses_are_those_of_ip() -> None:
    outside = Ethernet() / IPv4(src="198.51.100.1") / UDP() / VXLAN()
    row = again(outside / Ethernet() / ARP(spa="192.0.2.1", tpa="192.0.2.2"))
    assert (row.version, row.src_low, row.ethertype) == (4, MAPPED | 0xC6336401, 0x0806)
