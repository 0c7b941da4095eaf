"""Layers and packets: stacking, what is filled in, what is read, how they print."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats import layers
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP, mss
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vlan import VLAN
from netloom.packet.layer import Around, Cut, Layer, Packet, Raw, fitting, packed_as, replaced, whole

STACK = Ethernet() / IPv4(dst="192.0.2.1") / TCP(flags="S") / b"data"


def test_layers_stack() -> None:
    assert STACK.layers == (Ethernet(), IPv4(dst="192.0.2.1"), TCP(flags="S"), Raw(data=b"data"))
    assert list(STACK) == list(STACK.layers)
    assert Ethernet() / (IPv4() / UDP()) == Ethernet() / IPv4() / UDP()
    assert hash(Ethernet() / IPv4()) == hash(Ethernet() / IPv4())
    assert STACK.layers != STACK


def test_a_packet_gives_its_layers() -> None:
    assert TCP in STACK
    assert UDP not in STACK
    assert STACK[IPv4].dst == IPv4Address("192.0.2.1")
    assert (IPv4(ttl=1) / IPv4(ttl=2))[IPv4].ttl == 2
    with pytest.raises(KeyError, match="UDP"):
        STACK[UDP]


def test_octets_are_those_of_all() -> None:
    data = bytes(STACK)
    assert len(data) == 14 + 20 + 20 + 4
    assert data.endswith(b"data")
    assert bytes(Raw(data=b"a") / b"b" / Raw(data=b"c")) == b"abc"


def test_what_is_read_is_raw_where_nothing_is_known() -> None:
    parsed = Raw.parse(b"abc")
    assert (parsed.layer, parsed.header, parsed.end, parsed.above) == (Raw(data=b"abc"), 3, 3, None)


def test_the_number_of_what_stands_above() -> None:
    around = Around((), IPv4())
    assert around.number("ethertype", None, 1) == 0x0800
    assert around.number("ethertype", 7, 1) == 7
    assert around.number("ethertype", 0, 1) == 0
    assert around.number("sap", None, 1) == 1
    assert Around((), None).number("ethertype", None, 1) == 1


def test_the_nearest_addresses_count() -> None:
    around = Around((IPv4(dst="192.0.2.1"), IPv6(dst="2001:db8::1"), VLAN()), None)
    assert str(around.addresses("UDP")[1]) == "2001:db8::1"
    with pytest.raises(UsageError, match="no IP is below it"):
        Around((VLAN(),), None).addresses("UDP")


# How they print


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Ethernet(), "Ethernet()"),
        (Ethernet(dst="02-00-00-00-00-0A", type=0x0800), "Ethernet(dst='02:00:00:00:00:0a', type=2048)"),
        (IPv4(dst="192.0.2.1", ttl=1), "IPv4(dst='192.0.2.1', ttl=1)"),
        (IPv6(src="2001:DB8::1"), "IPv6(src='2001:db8::1')"),
        (ARP(spa="192.0.2.1", tpa=b"\1\2"), r"ARP(spa='192.0.2.1', tpa=b'\x01\x02')"),
        (TCP(flags="SA", options=mss(1460)), r"TCP(flags='SA', options=b'\x02\x04\x05\xb4')"),
        (VLAN(drop_eligible=True), "VLAN(drop_eligible=True)"),
        (Raw(data=b"x"), "Raw(data=b'x')"),
    ],
)
def test_a_layer_reads_like_the_call_that_makes_it(layer: Layer, text: str) -> None:
    assert repr(layer) == text
    assert eval(text, {**layers(), "Raw": Raw}) == layer  # noqa: S307


def test_a_packet_reads_like_the_expression_that_makes_it() -> None:
    assert repr(STACK) == "Ethernet() / IPv4(dst='192.0.2.1') / TCP() / Raw(data=b'data')"


@given(st.binary(min_size=20, max_size=20))
def test_what_was_read_is_made_by_what_it_prints(data: bytes) -> None:
    for kind in (Ethernet, VLAN, UDP):
        layer = kind.parse(b"\0\0\0\0\0\x20" + data).layer
        assert eval(repr(layer), dict(layers())) == layer  # noqa: S307


# What is checked


def test_a_cut_header_says_how_much_it_needs() -> None:
    whole(b"abc", 3, "a header", "RFC 1")
    with pytest.raises(Cut, match="a header of 4 octets, 3 of which are there") as caught:
        whole(b"abc", 4, "a header", "RFC 1")
    assert (caught.value.needed, caught.value.offset, caught.value.rule) == (4, 3, "RFC 1")


def test_fields_fit_into_their_bits() -> None:
    fitting(VLAN(vid=4095), vid=12, type=16)
    for value in (4096, -1, "1", 1.0):
        with pytest.raises(UsageError, match=r"VLAN\(vid=.*\) doesn't fit") as caught:
            fitting(VLAN(vid=value), vid=12)  # type: ignore[arg-type]
        assert caught.value.hint == "vid is 0 to 4095"


def test_what_is_too_large_to_be_packed_is_the_callers_mistake() -> None:
    import struct

    with pytest.raises(UsageError, match="Raw") as caught:
        packed_as(Raw(data=b"x"), struct.Struct(">H"), 65_536)
    assert "Raw(data=b'x')" in caught.value.hint


def test_a_layer_with_other_values() -> None:
    assert replaced(IPv4(ttl=1), dst="192.0.2.9") == IPv4(ttl=1, dst="192.0.2.9")
    assert isinstance(replaced(IPv4(), dst="192.0.2.9").dst, IPv4Address)
    with pytest.raises(UsageError, match="IPv4 has no field 'tll'") as caught:
        replaced(IPv4(), tll=1)
    assert "ttl" in caught.value.hint
    with pytest.raises(UsageError, match="no field 'nothing'"):
        replaced(IPv4(), nothing=1)


def test_a_packet_of_nothing() -> None:
    assert bytes(Packet(())) == b""
    assert repr(Packet(())) == ""
