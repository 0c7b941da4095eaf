"""VLAN tags, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.llc import LLC
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vlan import VLAN
from tests.packet.formats.agreement import SHORTS, again, cut_anywhere, same_again, whatever

# Priority 5, to be dropped first, VLAN 0x123, IPv4
ONE = bytes.fromhex("b123 0800")
TAGS = st.builds(VLAN, vid=st.integers(0, 4095), priority=st.integers(0, 7), drop_eligible=st.booleans(), type=SHORTS)


def test_octets_are_read() -> None:
    parsed = same_again(VLAN, ONE)
    assert parsed.layer == VLAN(vid=0x123, priority=5, drop_eligible=True, type=0x0800)
    assert (parsed.header, parsed.end, parsed.above) == (4, None, ("ethertype", 0x0800))


def test_a_length_stands_there_too() -> None:
    parsed = same_again(VLAN, bytes.fromhex("0001 0003 424203"))
    assert (parsed.end, parsed.above) == (7, ("llc", 0))
    assert bytes(VLAN() / LLC() / b"1234") == bytes.fromhex("0001 0007 000003") + b"1234"


def test_cut_anywhere() -> None:
    cut_anywhere(VLAN, ONE)


@given(TAGS)
def test_written_and_read(tag: VLAN) -> None:
    assert same_again(VLAN, bytes(tag)).layer == tag


@given(st.binary(max_size=10))
def test_any_octets(data: bytes) -> None:
    whatever(VLAN, data)


@pytest.mark.parametrize("wrong", [VLAN(vid=4096), VLAN(vid=-1), VLAN(priority=8), VLAN(type=0x10000)], ids=repr)
def test_numbers_have_their_width(wrong: VLAN) -> None:
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(wrong)


def test_a_row_has_the_first_and_the_last() -> None:
    frame = IPv4() / UDP() / b"abc"
    row = again(Ethernet() / VLAN(vid=7) / frame)
    assert (row.vlan, row.inner_vlan, row.ethertype) == (7, 0, 0x0800)
    row = again(Ethernet(type=0x88A8) / VLAN(vid=7) / VLAN(vid=8) / frame)
    assert (row.vlan, row.inner_vlan) == (7, 8)
    row = again(Ethernet(type=0x9100) / VLAN(vid=7, type=0x9100) / VLAN(vid=8) / VLAN(vid=9) / frame)
    assert (row.vlan, row.inner_vlan) == (7, 9)
    assert again(Ethernet() / VLAN(vid=7) / LLC() / b"abc").ethertype == 0
