"""LLC and SNAP, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.llc import LLC, SNAP
from netloom.packet.formats.udp import UDP
from netloom.packet.layer import Cut
from tests.packet.formats.agreement import OCTETS, SHORTS, again, cut_anywhere, same_again, whatever

# The spanning tree's
TREE = bytes.fromhex("42 42 03")
# Ready to receive, number 5, the poll bit set
RECEIVE_READY = bytes.fromhex("04 04 01 0b")
ENCAPSULATED = bytes.fromhex("aa aa 03")
IP = bytes.fromhex("000000 0800")
# Cisco's, CDP
DISCOVERY = bytes.fromhex("00000c 2000")
CONTROLS = st.one_of(OCTETS.map(lambda octet: octet | 3), SHORTS.filter(lambda control: control & 3 != 3))


def test_octets_are_read() -> None:
    parsed = same_again(LLC, TREE)
    assert parsed.layer == LLC(dsap=0x42, ssap=0x42, control=3)
    assert (parsed.header, parsed.end, parsed.above) == (3, None, ("sap", 0x42))


def test_a_control_of_two_octets() -> None:
    parsed = same_again(LLC, RECEIVE_READY)
    assert parsed.layer == LLC(dsap=4, ssap=4, control=0x0B01)
    assert (parsed.header, parsed.above) == (4, None)


def test_only_information_carries() -> None:
    assert same_again(LLC, bytes.fromhex("aaaaaf")).above is None
    assert same_again(LLC, ENCAPSULATED).above == ("sap", 0xAA)


def test_snap_names_a_type() -> None:
    parsed = same_again(SNAP, IP)
    assert parsed.layer == SNAP(organization=0, protocol=0x0800)
    assert (parsed.header, parsed.end, parsed.above) == (5, None, ("ethertype", 0x0800))


def test_snap_of_another_organization_ends() -> None:
    parsed = same_again(SNAP, DISCOVERY)
    assert parsed.layer == SNAP(organization=0x00000C, protocol=0x2000)
    assert parsed.above is None


def test_cut_anywhere() -> None:
    cut_anywhere(LLC, TREE)
    cut_anywhere(LLC, RECEIVE_READY)
    cut_anywhere(SNAP, IP)
    with pytest.raises(Cut) as caught:
        LLC.parse(RECEIVE_READY[:3])
    assert caught.value.needed == 4


@given(st.builds(LLC, dsap=OCTETS, ssap=OCTETS, control=CONTROLS))
def test_llc_written_and_read(layer: LLC) -> None:
    assert same_again(LLC, bytes(layer)).layer == layer


@given(st.builds(SNAP, organization=st.integers(0, 0xFFFFFF), protocol=SHORTS))
def test_snap_written_and_read(layer: SNAP) -> None:
    assert same_again(SNAP, bytes(layer)).layer == layer


@given(st.binary(max_size=12))
def test_any_octets(data: bytes) -> None:
    whatever(LLC, data)
    whatever(SNAP, data)


def test_numbers_have_their_width() -> None:
    for wrong in (LLC(dsap=256), LLC(control=0x103), SNAP(organization=1 << 24), SNAP(protocol=1 << 16)):
        with pytest.raises(UsageError, match="doesn't fit"):
            bytes(wrong)


def test_what_stands_above_is_filled_in() -> None:
    written = bytes(LLC() / SNAP() / IPv4())
    assert written[:8] == ENCAPSULATED + IP


def test_a_row_has_the_type_within() -> None:
    row = again(Ethernet() / LLC() / SNAP() / IPv4() / UDP() / b"abc")
    assert (row.ethertype, row.version, row.payload_length) == (0x0800, 4, 3)
    assert again(Ethernet() / LLC() / SNAP(organization=0x00000C, protocol=0x2000) / b"abc").ethertype == 0
