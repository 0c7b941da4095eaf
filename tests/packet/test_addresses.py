"""Addresses as text, as octets and as numbers."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.addresses import canonical, ipv4, ipv6, mac, number, octets, packed


@given(st.binary(max_size=20))
def test_octets_and_back(data: bytes) -> None:
    assert octets(mac(data)) == data
    assert octets(mac(data).upper().replace(":", "-")) == data


@given(st.binary(min_size=6, max_size=6))
def test_six_octets_and_back(data: bytes) -> None:
    assert packed(mac(data)) == data
    assert canonical(mac(data).upper()) == mac(data)
    assert number(mac(data)) == int.from_bytes(data, "big")


@pytest.mark.parametrize("text", ["0", "00:", ":00", "00:0", "00:00-00", "0000", "gg", "00 00", "00:00\n", 5, None])
def test_what_is_no_address_is_refused(text: object) -> None:
    for read in (octets, packed, canonical):
        with pytest.raises(UsageError, match="no hardware address"):
            read(text)


@pytest.mark.parametrize("text", ["", "00", "00:01:02:03:04", "00:01:02:03:04:05:06"])
def test_six_octets_are_wanted(text: str) -> None:
    with pytest.raises(UsageError, match="of six octets"):
        packed(text)


def test_addresses_of_ip() -> None:
    assert ipv4("192.0.2.1") == ipv4(IPv4Address("192.0.2.1")) == IPv4Address("192.0.2.1")
    assert ipv6("2001:db8::1") == ipv6(IPv6Address("2001:db8::1")) == IPv6Address("2001:db8::1")
    with pytest.raises(UsageError, match="no IPv4 address"):
        ipv4("2001:db8::1")
    with pytest.raises(UsageError, match="no IPv6 address"):
        ipv6("192.0.2.1")
