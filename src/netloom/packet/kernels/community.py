"""Community IDs in a kernel: what `packet/flows/community.py` says, for many flows at a time.

SHA-1 (RFC 3174 §6.1) of at most 40 octets, which fit into one of its blocks; Base64 (RFC 4648 §4) of its 20.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from netloom.packet.kernels.loads import u32
from netloom.packet.kernels.table import (
    COMMUNITY_ID,
    DST_HIGH,
    DST_LOW,
    META,
    ONE_WAY,
    PORT,
    PROTOCOL,
    SCHEDULE,
    SCRATCH,
    SRC_HIGH,
    SRC_LOW,
    VERSION,
    WORDS,
)

ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
U32 = 0xFFFFFFFF
SIGN = -(1 << 63)
"""Turned over in both, unsigned numbers compare as signed ones do."""


@njit(error_model="numpy", forceinline=True)
def put(octets, at, number, size):
    """Write a number's lowest octets, the highest of them first; where they end."""
    for k in range(size):
        octets[at + k] = number >> 8 * (size - 1 - k) & 255
    return at + size


@njit(error_model="numpy", forceinline=True)
def put_address(octets, at, high, low, version):
    if version != 6:
        return put(octets, at, low, 4)
    return put(octets, put(octets, at, high, 8), low, 8)


@njit(error_model="numpy", forceinline=True)
def is_behind(table, flow, source, destination, version):
    """Whether the source's address and port sort behind the destination's."""
    if version == 6:
        high, other = table[flow + SRC_HIGH] ^ SIGN, table[flow + DST_HIGH] ^ SIGN
        if high != other:
            return high > other
        low, other = table[flow + SRC_LOW] ^ SIGN, table[flow + DST_LOW] ^ SIGN
    else:
        low, other = table[flow + SRC_LOW] & U32, table[flow + DST_LOW] & U32
    if low != other:
        return low > other
    return source > destination


@njit(error_model="numpy", forceinline=True)
def compose(table, flow, seed, octets):
    """The octets that are hashed, as one padded block."""
    meta = table[flow + META]
    version = meta >> VERSION & 15
    protocol = meta >> PROTOCOL & 255
    source = meta & 0xFFFF
    destination = meta >> PORT & 0xFFFF
    for k in range(SCRATCH):
        octets[k] = 0
    at = put(octets, 0, seed, 2)
    turned = meta >> ONE_WAY & 1 == 0 and is_behind(table, flow, source, destination, version)
    if turned:
        at = put_address(octets, at, table[flow + DST_HIGH], table[flow + DST_LOW], version)
        at = put_address(octets, at, table[flow + SRC_HIGH], table[flow + SRC_LOW], version)
    else:
        at = put_address(octets, at, table[flow + SRC_HIGH], table[flow + SRC_LOW], version)
        at = put_address(octets, at, table[flow + DST_HIGH], table[flow + DST_LOW], version)
    at = put(octets, at, protocol, 1) + 1
    if protocol == ICMP or protocol == TCP or protocol == UDP or protocol == ICMPV6 or protocol == SCTP:
        at = put(octets, at, destination if turned else source, 2)
        at = put(octets, at, source if turned else destination, 2)
    octets[at] = 0x80
    put(octets, SCRATCH - 8, 8 * at, 8)


@njit(error_model="numpy", forceinline=True)
def rolled(word, bits):
    return (word << bits | word >> 32 - bits) & U32


@njit(error_model="numpy", forceinline=True)
def sha1(octets, schedule):
    """The hash of one block, in the first five words of `schedule`."""
    for t in range(16):
        schedule[t] = u32(octets, 4 * t)
    for t in range(16, SCHEDULE):
        schedule[t] = rolled(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1)
    a = np.int64(0x67452301)
    b = np.int64(0xEFCDAB89)
    c = np.int64(0x98BADCFE)
    d = np.int64(0x10325476)
    e = np.int64(0xC3D2E1F0)
    for t in range(SCHEDULE):
        if t < 20:
            f = (b & c | (b ^ U32) & d) + 0x5A827999
        elif t < 40:
            f = (b ^ c ^ d) + 0x6ED9EBA1
        elif t < 60:
            f = (b & c | b & d | c & d) + 0x8F1BBCDC
        else:
            f = (b ^ c ^ d) + 0xCA62C1D6
        following = rolled(a, 5) + f + e + schedule[t] & U32
        e = d
        d = c
        c = rolled(b, 30)
        b = a
        a = following
    schedule[0] = a + 0x67452301 & U32
    schedule[1] = b + 0xEFCDAB89 & U32
    schedule[2] = c + 0x98BADCFE & U32
    schedule[3] = d + 0x10325476 & U32
    schedule[4] = e + 0xC3D2E1F0 & U32


@njit(error_model="numpy", forceinline=True)
def letter(six):
    """The character of six bits in Base64."""
    if six < 26:
        return 65 + six
    if six < 52:
        return 71 + six
    if six < 62:
        return six - 4
    return 43 if six == 62 else 47


@njit(error_model="numpy", forceinline=True)
def spell(schedule, cells, at):
    """20 octets as 1: and 28 characters, the last one padding."""
    cells[at] = 49
    cells[at + 1] = 58
    gathered = np.int64(0)
    bits = 0
    place = at + 2
    for word in range(5):
        for k in range(4):
            gathered = (gathered << 8 | schedule[word] >> 24 - 8 * k & 255) & 0xFFFF
            bits += 8
            while bits >= 6:
                bits -= 6
                cells[place] = letter(gathered >> bits & 63)
                place += 1
    cells[place] = letter(gathered << 6 - bits & 63)
    cells[place + 1] = 61


@njit(error_model="numpy")
def communities(table, n, seed, octets, schedule, cells):
    """Spell the Community IDs of `n` flows into cells of 30 characters."""
    for i in range(n):
        compose(table, i * WORDS, seed, octets)
        sha1(octets, schedule)
        spell(schedule, cells, i * COMMUNITY_ID)
