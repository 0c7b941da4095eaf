"""What checks a packet's octets, carried along with a change: exact also where not all of the packet is there.

The Internet checksum is a sum modulo 2^16 - 1 (RFC 1624 §3), CRC32c is linear: both follow from what has changed alone.
So one that was right is right afterwards, and one that was wrong is wrong by as much.
"""

from __future__ import annotations

from functools import cache, lru_cache

WHOLE = 0xFFFF
_POLYNOMIAL = 0x82F63B78


def difference(old: bytes, new: bytes) -> int:
    """By how much the sum of 16-bit words grows. Of an odd number of octets the last one is a word's upper half."""
    change = int.from_bytes(new, "big") - int.from_bytes(old, "big")
    return (change << 8 if len(old) & 1 else change) % WHOLE


def shifted(change: int, octets: int) -> int:
    """A change of the sum as it counts so many octets further on: an odd number of them swaps each word's halves."""
    return change * 256 % WHOLE if octets & 1 else change


def mended(check: int, change: int) -> int:
    """A checksum after its words' sum has changed."""
    total = (WHOLE - check + change) % WHOLE
    return WHOLE - (total or WHOLE)


@lru_cache(4096)
def crc32c_change(change: int, behind: int) -> int:
    """By what CRC32c is changed (xor) if four octets are (xor), which so many others follow."""
    value = _advanced(_swapped(change), 2)
    power = 0
    while behind:
        if behind & 1:
            value = _times(_zeros(power), value)
        behind >>= 1
        power += 1
    return value


def _swapped(word: int) -> int:
    return int.from_bytes(word.to_bytes(4, "big"), "little")


def _advanced(value: int, power: int) -> int:
    """A register after 2^power octets of zeros."""
    return _times(_zeros(power), value)


@cache
def _zeros(power: int) -> tuple[int, ...]:
    """What 2^power octets of zeros make of a register: of each of its bits, the lowest first."""
    if power == 0:
        return tuple(_octet(1 << bit) for bit in range(32))
    half = _zeros(power - 1)
    return tuple(_times(half, column) for column in half)


def _octet(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


def _times(columns: tuple[int, ...], value: int) -> int:
    made = 0
    for column in columns:
        if value & 1:
            made ^= column
        value >>= 1
    return made
