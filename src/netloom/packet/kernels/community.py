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
    LANES,
    META,
    ONE_WAY,
    PORT,
    PROTOCOL,
    ROUNDS,
    SCRATCH,
    SRC_HIGH,
    SRC_LOW,
    VERSION,
    WORDS,
)

ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
U32 = 0xFFFFFFFF
LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)
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
    """32 bits turned to the left; what is above them is for the store to cut off."""
    return word << bits | word >> 32 - bits


@njit(error_model="numpy")
def sha1(words, states):
    """The hashes of LANES blocks side by side, whose first 16 words are in `words`: in the first five of `states`.

    A round's state is the word that it makes, and the four before it: of those only the newest is kept, and turned
    when it is used. What all blocks do in step the processor does at once, several at a time.
    """
    for t in range(16, ROUNDS):
        for lane in range(LANES):
            at = t * LANES + lane
            mixed = words[at - 3 * LANES] ^ words[at - 8 * LANES] ^ words[at - 14 * LANES] ^ words[at - 16 * LANES]
            words[at] = rolled(mixed, 1)
    for lane in range(LANES):
        states[lane] = rolled(np.uint32(0xC3D2E1F0), 2)
        states[LANES + lane] = rolled(np.uint32(0x10325476), 2)
        states[2 * LANES + lane] = rolled(np.uint32(0x98BADCFE), 2)
        states[3 * LANES + lane] = 0xEFCDAB89
        states[4 * LANES + lane] = 0x67452301
    for t in range(20):
        for lane in range(LANES):
            b, c, d = registers(states, t, lane)
            step(words, states, t, lane, (b & c | (b ^ U32) & d) + 0x5A827999)
    for t in range(20, 40):
        for lane in range(LANES):
            b, c, d = registers(states, t, lane)
            step(words, states, t, lane, (b ^ c ^ d) + 0x6ED9EBA1)
    for t in range(40, 60):
        for lane in range(LANES):
            b, c, d = registers(states, t, lane)
            step(words, states, t, lane, (b & c | b & d | c & d) + 0x8F1BBCDC)
    for t in range(60, ROUNDS):
        for lane in range(LANES):
            b, c, d = registers(states, t, lane)
            step(words, states, t, lane, (b ^ c ^ d) + 0xCA62C1D6)
    last = ROUNDS * LANES
    for lane in range(LANES):
        states[lane] = states[last + 4 * LANES + lane] + 0x67452301
        states[LANES + lane] = states[last + 3 * LANES + lane] + 0xEFCDAB89
        states[2 * LANES + lane] = rolled(states[last + 2 * LANES + lane], 30) + 0x98BADCFE
        states[3 * LANES + lane] = rolled(states[last + LANES + lane], 30) + 0x10325476
        states[4 * LANES + lane] = rolled(states[last + lane], 30) + 0xC3D2E1F0


@njit(error_model="numpy", forceinline=True)
def registers(states, t, lane):
    """B, C and D of a round."""
    at = t * LANES + lane
    c = np.uint32(rolled(states[at + 2 * LANES], 30))
    d = np.uint32(rolled(states[at + LANES], 30))
    return states[at + 3 * LANES], c, d


@njit(error_model="numpy", forceinline=True)
def step(words, states, t, lane, mixed):
    """The word that a round makes."""
    at = t * LANES + lane
    a = states[at + 4 * LANES]
    e = np.uint32(rolled(states[at], 30))
    states[at + 5 * LANES] = rolled(a, 5) + mixed + e + words[at]


@njit(error_model="numpy", forceinline=True)
def spell(states, lane, cells, at):
    """20 octets as 1: and 28 characters, the last one padding."""
    cells[at] = 49
    cells[at + 1] = 58
    place = at + 2
    for first in range(0, 20, 3):
        word = first >> 2
        two = np.int64(states[word * LANES + lane]) << 32
        if word < 4:
            two |= np.int64(states[(word + 1) * LANES + lane])
        three = two >> 40 - 8 * (first & 3)
        for k in range(4):
            cells[place + k] = LETTERS[three >> 18 - 6 * k & 63]
        place += 4
    cells[place - 1] = 61


@njit(error_model="numpy")
def communities(table, n, seed, octets, words, states, cells):
    """Spell the Community IDs of `n` flows into cells of 30 characters."""
    for first in range(0, n, LANES):
        for lane in range(min(LANES, n - first)):
            compose(table, (first + lane) * WORDS, seed, octets)
            for t in range(16):
                words[t * LANES + lane] = u32(octets, 4 * t)
        sha1(words, states)
        for lane in range(min(LANES, n - first)):
            spell(states, lane, cells, (first + lane) * COMMUNITY_ID)
