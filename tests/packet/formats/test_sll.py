"""Linux' cooked header, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.llc import LLC
from netloom.packet.formats.sll import OUTGOING, SLL
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vlan import VLAN
from tests.packet.formats.agreement import SHORTS, again, cut_anywhere, same_again, whatever

# Sent by us, Ethernet, 02:…:01, IPv4
ONE = bytes.fromhex("0004 0001 0006 020000000001 0000 0800")


def test_octets_are_read() -> None:
    parsed = same_again(SLL, ONE)
    assert parsed.layer == SLL(
        direction=OUTGOING, hardware=1, src="02:00:00:00:00:01", address_length=6, protocol=0x0800
    )
    assert (parsed.header, parsed.end, parsed.above) == (16, None, ("ethertype", 0x0800))


@pytest.mark.parametrize(
    ("length", "src", "unused"),
    [
        (0, "", b"\1\2\3\4\5\6\7\x08"),
        (6, "01:02:03:04:05:06", b"\7\x08"),
        (8, "01:02:03:04:05:06:07:08", b""),
        (20, "01:02:03:04:05:06:07:08", b""),
    ],
)
def test_addresses_of_other_lengths(length: int, src: str, unused: bytes) -> None:
    data = bytes.fromhex("0000 0300") + length.to_bytes(2, "big") + bytes(range(1, 9)) + bytes.fromhex("0003")
    layer = same_again(SLL, data).layer
    assert isinstance(layer, SLL)
    assert (layer.address_length, layer.src, layer.unused) == (length, src, unused)


@pytest.mark.parametrize(
    ("protocol", "above"),
    [(1, None), (4, ("llc", 0)), (12, None), (0x05FF, None), (0x0600, ("ethertype", 0x0600))],
)
def test_linux_has_numbers_of_its_own(protocol: int, above: tuple[str, int] | None) -> None:
    assert same_again(SLL, ONE[:14] + protocol.to_bytes(2, "big")).above == above


def test_octets_that_do_not_count_are_kept() -> None:
    layer = same_again(SLL, ONE[:5] + b"\2" + ONE[6:8] + bytes.fromhex("0000 0300 0000") + ONE[14:]).layer
    assert isinstance(layer, SLL)
    assert (layer.src, layer.unused) == ("02:00", b"\0\0\3")


def test_cut_anywhere() -> None:
    cut_anywhere(SLL, ONE)


@given(SHORTS, SHORTS, st.binary(max_size=8), SHORTS)
def test_written_and_read(direction: int, hardware: int, address: bytes, protocol: int) -> None:
    layer = SLL(
        direction=direction,
        hardware=hardware,
        src=address.hex(":"),
        address_length=len(address),
        protocol=protocol,
    )
    assert same_again(SLL, bytes(layer)).layer == layer


@given(st.binary(max_size=30))
def test_any_octets(data: bytes) -> None:
    whatever(SLL, data)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(UsageError, match="no place in 8 octets"):
        bytes(SLL(unused=b"123"))
    with pytest.raises(UsageError, match="no hardware address"):
        SLL(src="here")
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(SLL(direction=1 << 16))


def test_what_stands_above_is_filled_in() -> None:
    assert bytes(SLL(src="02:00:00:00:00:01", direction=4) / IPv4())[:16] == ONE
    assert bytes(SLL() / LLC())[14:16] == b"\0\4"
    assert bytes(SLL() / b"x")[14:16] == b"\0\0"


def test_a_row_has_the_sender_and_the_type() -> None:
    row = again(SLL(src="02:00:00:00:00:01") / IPv4() / UDP() / b"abc", link=113)
    assert (row.src_mac, row.dst_mac, row.ethertype, row.version) == (0x020000000001, 0, 0x0800, 4)
    row = again(SLL(src="02:00") / VLAN(vid=5) / ARP(), link=113)
    assert (row.src_mac, row.vlan, row.ethertype) == (0, 5, 0x0806)
    assert again(SLL() / LLC(), link=113).ethertype == 0
