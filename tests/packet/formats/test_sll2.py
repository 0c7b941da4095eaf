"""Linux' cooked header of version 2, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.llc import LLC
from netloom.packet.formats.sll import OUTGOING
from netloom.packet.formats.sll2 import SLL2
from netloom.packet.formats.udp import UDP
from tests.packet.formats.agreement import OCTETS, SHORTS, WORDS, again, cut_anywhere, same_again, whatever

# IPv6, device 3, Ethernet, sent by us, 02:…:01
ONE = bytes.fromhex("86dd 0000 00000003 0001 04 06 020000000001 0000")


def test_octets_are_read() -> None:
    parsed = same_again(SLL2, ONE)
    assert parsed.layer == SLL2(
        direction=OUTGOING, interface=3, hardware=1, src="02:00:00:00:00:01", address_length=6, protocol=0x86DD
    )
    assert (parsed.header, parsed.end, parsed.above) == (20, None, ("ethertype", 0x86DD))


def test_octets_that_do_not_count_are_kept() -> None:
    layer = same_again(SLL2, ONE[:11] + b"\2" + ONE[12:18] + b"\xff\0").layer
    assert isinstance(layer, SLL2)
    assert (layer.src, layer.unused) == ("02:00", b"\0\0\0\1\xff")


def test_llc_has_a_number_of_its_own() -> None:
    assert same_again(SLL2, b"\0\4" + ONE[2:]).above == ("llc", 0)
    assert same_again(SLL2, b"\0\1" + ONE[2:]).above is None
    assert bytes(SLL2() / LLC())[:2] == b"\0\4"


def test_cut_anywhere() -> None:
    cut_anywhere(SLL2, ONE)


@given(
    st.builds(
        SLL2,
        direction=OCTETS,
        interface=WORDS,
        hardware=SHORTS,
        src=st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":")),
        address_length=st.just(6),
        reserved=SHORTS,
        protocol=SHORTS,
    ),
)
def test_written_and_read(layer: SLL2) -> None:
    assert same_again(SLL2, bytes(layer)).layer == layer


@given(st.binary(max_size=30))
def test_any_octets(data: bytes) -> None:
    whatever(SLL2, data)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(UsageError, match="no place in 8 octets"):
        bytes(SLL2(src="00:01:02:03:04:05:06:07:08"))
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(SLL2(direction=256))


def test_a_row_has_the_sender_and_the_type() -> None:
    row = again(SLL2(src="02:00:00:00:00:01") / IPv6() / UDP() / b"abc", link=276)
    assert (row.src_mac, row.ethertype, row.version, row.payload_length) == (0x020000000001, 0x86DD, 6, 3)
