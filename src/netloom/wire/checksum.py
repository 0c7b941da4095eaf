"""The Internet checksum, and what it covers besides the bytes themselves (RFC 1071)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

IPAddress = IPv4Address | IPv6Address

_AT_ONCE = 4096
"""Octets that are made one number: a remainder of a longer one takes longer than adding numbers of these. It is even.
"""


def checksum(data: bytes | memoryview, start: int = 0) -> int:
    """The complement of the sum of 16-bit words, `start` added (RFC 1071 §1)."""
    return complement(words(data) + start)


def words(data: bytes | memoryview) -> int:
    """A number that is as good as the sum of 16-bit words: 2^16 is 1 modulo 2^16 - 1.

    The other byte order is read faster, and swapping the octets of every word multiplies by 2^8 (RFC 1071 §2 B).
    """
    if len(data) <= _AT_ONCE:
        return int.from_bytes(data, "little") << 8
    view = memoryview(data)
    return sum(int.from_bytes(view[at : at + _AT_ONCE], "little") for at in range(0, len(view), _AT_ONCE)) << 8


def complement(total: int) -> int:
    """A checksum of a sum: the remainder puts the carries back."""
    remainder = total % 0xFFFF
    return 0xFFFF - (remainder or (0xFFFF if total else 0))


def pseudo_header(source: IPAddress, destination: IPAddress, protocol: int, length: int) -> int:
    """What a segment's checksum covers besides it, as a sum to start from (RFC 9293 §3.1, RFC 8200 §8.1)."""
    return int.from_bytes(source.packed, "big") + int.from_bytes(destination.packed, "big") + protocol + length
