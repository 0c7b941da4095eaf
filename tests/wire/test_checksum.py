"""The Internet checksum: the RFC's own example, and what makes it one."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.checksum import checksum, pseudo_header


def test_the_example_of_the_rfc() -> None:
    """RFC 1071 §3: the sum is ddf2."""
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_an_odd_octet_counts_as_the_upper_half() -> None:
    assert checksum(b"\x12") == checksum(b"\x12\0")
    assert checksum(b"\0\x12") != checksum(b"\x12\0")


@given(st.binary(min_size=2, max_size=99))
def test_with_its_checksum_a_message_sums_up_to_nothing(data: bytes) -> None:
    even = data + b"\0" * (len(data) % 2)
    assert checksum(even + checksum(even).to_bytes(2, "big")) in (0, 0xFFFF)


@given(st.binary(min_size=1, max_size=9), st.integers(1, 3000))
def test_any_length_is_summed_word_by_word(seed: bytes, times: int) -> None:
    data = seed * times
    even = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(even) // 2}H", even))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    assert checksum(data) == checksum(memoryview(data)) == 0xFFFF - total


def test_the_addresses_count() -> None:
    """An ICMPv6 echo request from ::1 to ::1, as a Linux kernel sent it."""
    data = bytes.fromhex("800000000001000161")
    start = pseudo_header(ip_address("::1"), ip_address("::1"), 58, len(data))
    assert checksum(data, start) == checksum(data, 1 + 1 + 58 + 9)
    assert checksum(data, start) != checksum(data)
