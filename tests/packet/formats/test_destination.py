"""IPv6's destination options, on octets and back."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.destination import Destination, home_address
from netloom.packet.formats.hop_by_hop import HopByHop, option, options
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from tests.packet.formats.agreement import OCTETS, again, cut_anywhere, same_again, whatever

# TCP follows, 24 octets: four of padding, a home address
ONE = bytes.fromhex("0602 01020000 c910" + "20010db8" + "00" * 11 + "07")


def test_octets_are_read() -> None:
    parsed = same_again(Destination, ONE)
    assert parsed.layer == Destination(next_header=6, options=ONE[2:], header=24)
    assert (parsed.header, parsed.end, parsed.above) == (24, None, ("ip", 6))


def test_cut_anywhere() -> None:
    cut_anywhere(Destination, ONE)


@given(OCTETS, st.binary(max_size=100))
def test_written_and_read(number: int, octets: bytes) -> None:
    parsed = same_again(Destination, bytes(Destination(next_header=number, options=octets)))
    assert isinstance(parsed.layer, Destination)
    assert parsed.layer.options[: len(octets)] == octets


@given(st.binary(max_size=60))
def test_any_octets(data: bytes) -> None:
    whatever(Destination, data)


def test_a_home_address_stands_in_its_place() -> None:
    assert bytes(Destination(options=home_address("2001:db8::7"), next_header=6)) == ONE
    assert [one.kind for one in options(ONE[2:])] == [1, 201]
    with pytest.raises(UsageError, match="no IPv6 address"):
        home_address("here")


def test_a_checksum_covers_the_home_address() -> None:
    header = Destination(options=home_address("2001:db8::7"))
    assert header.home() == IPv6Address("2001:db8::7")
    away = bytes(IPv6(src="2001:db8::1") / header / UDP() / b"data")
    assert away[-12:] == bytes(IPv6(src="2001:db8::7") / UDP() / b"data")[-12:]
    assert Destination(options=option(201, bytes(15))).home() is None
    assert Destination().home() is None


@given(st.binary(max_size=60))
def test_home_of_any_octets(data: bytes) -> None:
    home = Destination(options=data).home()
    assert home is None or home.packed in data


def test_a_row_has_what_follows() -> None:
    row = again(IPv6() / HopByHop() / Destination() / TCP(dport=9) / b"abc", link=229)
    assert (row.protocol, row.dst_port, row.payload_length) == (6, 9, 3)
    assert bytes(IPv6() / HopByHop() / Destination())[6] == 0
    assert bytes(IPv6() / HopByHop() / Destination())[40] == 60
