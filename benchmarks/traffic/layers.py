"""Layers as octets in a buffer: each function writes one and, where what follows begins elsewhere, tells where."""

# mypy: ignore-errors
# ruff: noqa: PLR0917
# Numba types what it compiles, from the calls; and everything that a loop touches is an argument.

from __future__ import annotations

import numba

BEGAN = 1_700_000_000
"""Seconds since 1970 at which the capture begins."""

compiled = numba.njit(nogil=True)


@compiled
def put16(b, at, value):
    b[at], b[at + 1] = value >> 8 & 255, value & 255


@compiled
def put32(b, at, value):
    put16(b, at, value >> 16 & 0xFFFF)
    put16(b, at + 2, value & 0xFFFF)


@compiled
def record(b, at, time, size):
    """A pcap record's head, little-endian; `time` in microseconds since the beginning."""
    for place, value in ((0, BEGAN + time // 1_000_000), (4, time % 1_000_000), (8, size), (12, size)):
        for octet in range(4):
            b[at + place + octet] = value >> 8 * octet & 255


@compiled
def ethernet(b, at, side, client, vlan, ethertype):
    """From a client to its router or back, both with locally administered addresses."""
    host, router = at + (0 if side else 6), at + (6 if side else 0)
    put32(b, host, 0x02000A00)
    put16(b, host + 4, client)
    put32(b, router, 0x02000A01)
    put16(b, router + 4, 1)
    at += 12
    if vlan:
        put16(b, at, 0x8100)
        put16(b, at + 2, vlan)
        at += 4
    put16(b, at, ethertype)
    return at + 2


@compiled
def who_has(b, at, side, client, die):
    """ARP (RFC 826): the client asks for a neighbour, who answers."""
    own, other = 0x0A000000 + 16 * client + 10, 0x0A000000 + 16 * (die & 0xFFF) + 12
    put32(b, at, 0x00010800)
    put32(b, at + 4, 0x06040001 + side)
    put32(b, at + 8, 0x02000A02 if side else 0x02000A00)
    put16(b, at + 12, die & 0xFFF if side else client)
    put32(b, at + 14, other if side else own)
    put32(b, at + 18, 0x02000A00 if side else 0)
    put16(b, at + 22, client if side else 0)
    put32(b, at + 24, own if side else other)
    return at + 28


@compiled
def ip4(b, at, side, client, server, protocol, size, number):
    """IPv4 without options (RFC 791), its checksum included; gives its total length."""
    put16(b, at, 0x4500)
    put16(b, at + 2, 20 + size)
    put16(b, at + 4, number & 0xFFFF)
    put16(b, at + 6, 0x4000)
    b[at + 8], b[at + 9] = 57 if side else 64, protocol
    put16(b, at + 10, 0)
    put32(b, at + (16 if side else 12), 0x0A000000 + 16 * client + 10)
    put32(b, at + (12 if side else 16), 0xC6120000 + (server * 40503 + 1 & 0x1FFFF))
    put16(b, at + 10, 0xFFFF - summed(b, at, at + 20, 0))
    return 20 + size


@compiled
def ip6(b, at, side, client, server, protocol, size, label):
    """IPv6 without extension headers (RFC 8200); gives its total length."""
    put32(b, at, 0x60000000 + (label & 0xFFFFF))
    put16(b, at + 4, size)
    b[at + 6], b[at + 7] = protocol, 57 if side else 64
    host, far = at + (24 if side else 8), at + (8 if side else 24)
    put32(b, host, 0x20010DB8)
    put32(b, host + 4, client >> 8)
    put32(b, host + 8, 0)
    put32(b, host + 12, client + 16)
    put32(b, far, 0x20010002)
    put32(b, far + 4, 0)
    put32(b, far + 8, server >> 4)
    put32(b, far + 12, server + 1)
    return 40 + size


@compiled
def ports(b, at, side, near, far):
    put16(b, at, far if side else near)
    put16(b, at + 2, near if side else far)


@compiled
def segment(b, at, header, flags, begin, expected, now):
    """TCP's header behind its ports (RFC 9293), with time stamps where there is room (RFC 7323)."""
    put32(b, at + 4, begin)
    put32(b, at + 8, expected if flags & 16 else 0)
    b[at + 12], b[at + 13] = header << 2, flags
    put16(b, at + 14, 64_240)
    put32(b, at + 16, 0)
    at += 20
    if header == 40:  # maximum segment size, SACK permitted, time stamps, window scale
        put32(b, at, 0x020405A0)
        put16(b, at + 4, 0x0402)
        put16(b, at + 6, 0x080A)
        put32(b, at + 8, now)
        put32(b, at + 12, now - 30 if flags & 16 else 0)
        put32(b, at + 16, 0x01030307)
    if header == 32:
        put32(b, at, 0x0101080A)
        put32(b, at + 4, now)
        put32(b, at + 8, now - 30 if flags & 16 else 0)


@compiled
def check(b, ip, at, end, version, protocol):
    """Fill in the checksum of what IP carries, at `at` to `end`, which ICMP has without a pseudo-header (RFC 1071)."""
    place = at + (16 if protocol == 6 else 6 if protocol == 17 else 2)
    put16(b, place, 0)
    total = 0
    if protocol != 1:
        total = summed(b, ip + 8, ip + 40, 0) if version == 6 else summed(b, ip + 12, ip + 20, 0)
        total += protocol + end - at
    total = 0xFFFF - summed(b, at, end, total)
    put16(b, place, 0xFFFF if protocol == 17 and total == 0 else total)


@compiled
def summed(b, at, end, total):
    """The sum of 16-bit words in one's complement."""
    for place in range(at, end - 1, 2):
        total += b[place] << 8 | b[place + 1]
    if (end - at) & 1:
        total += b[end - 1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
