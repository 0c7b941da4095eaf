"""Anonymity: the scheme's own vectors, and what it promises."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Secret
from netloom.errors import UsageError
from netloom.packet.rewriting.anonymity import Anonymity, key_of

KEY = bytes([
    21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
    216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
])  # fmt: skip
"""The key of the sample that came with Crypto-PAn 1.0, as are the pairs."""
PAIRS = {
    "128.11.68.132": "135.242.180.132",
    "129.118.74.4": "134.136.186.123",
    "130.132.252.244": "133.68.164.234",
    "141.223.7.43": "141.167.8.160",
    "141.233.145.108": "141.129.237.235",
    "152.163.225.39": "151.140.114.167",
    "156.29.3.236": "147.225.12.42",
    "165.247.96.84": "162.9.99.234",
    "166.107.77.190": "160.132.178.185",
    "192.102.249.13": "252.138.62.131",
}
MADE = Anonymity(KEY)


def common(one: bytes, other: bytes) -> int:
    """How many bits two addresses share."""
    bits = 8 * len(one)
    return bits - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_length()


@pytest.mark.parametrize("address", PAIRS)
def test_the_schemes_vectors(address: str) -> None:
    assert MADE.address(IPv4Address(address).packed) == IPv4Address(PAIRS[address]).packed


@given(st.sampled_from([4, 16]), st.data(), st.binary(min_size=32, max_size=32))
def test_common_prefixes_stay_exactly_as_long(size: int, data: st.DataObject, key: bytes) -> None:
    one = data.draw(st.binary(min_size=size, max_size=size))
    bit = data.draw(st.integers(0, 8 * size))
    rest = data.draw(st.integers(0, (1 << 8 * size) - 1))
    other = (int.from_bytes(one, "big") ^ (rest >> bit)).to_bytes(size, "big")
    made = Anonymity(key)
    assert common(made.address(one), made.address(other)) == common(one, other)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 16))
def test_the_beginning_of_an_address_becomes_the_beginning(address: bytes, kept: int) -> None:
    assert MADE.address(address[:kept]) == MADE.address(address)[:kept]


@given(st.sets(st.binary(min_size=6, max_size=6), max_size=8))
def test_hardware_addresses_stay_different_and_groups_groups(addresses: set[bytes]) -> None:
    new = {MADE.hardware(each) for each in addresses}
    assert len(new) == len(addresses)
    for each in addresses:
        assert MADE.hardware(each)[0] & 1 == each[0] & 1


def test_nobody_and_everybody_stay() -> None:
    assert [MADE.hardware(each) for each in (bytes(6), b"\xff" * 6)] == [bytes(6), b"\xff" * 6]


def test_another_key_makes_others() -> None:
    other = Anonymity(bytes(32))
    assert other.address(b"\n\0\0\1") != MADE.address(b"\n\0\0\1")
    assert other.hardware(b"\2\0\0\0\0\1") != MADE.hardware(b"\2\0\0\0\0\1")


def test_keys() -> None:
    assert key_of(Secret(KEY.hex())) == KEY
    assert key_of(Secret(f" {KEY.hex()}\n")) == KEY
    words = key_of(Secret("correct horse"))
    assert words == key_of(Secret("correct horse\n")) != key_of(Secret("correct house"))
    assert len(words) == 32
    assert key_of(Secret("fresh")) != key_of(Secret("fresh"))
    assert len(key_of(Secret("x" * 64))) == 32
    with pytest.raises(UsageError, match="empty"):
        key_of(Secret(" \n"))
