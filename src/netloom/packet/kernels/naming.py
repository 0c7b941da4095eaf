"""Naming: which first payloads name a flow alike, so that only one of them has to be read closely.

A ClientHello (RFC 8446 §4.1.2) is reduced to what decides about the host that is asked for, the protocols that are
offered and JA4; a query of DNS (RFC 1035 §4.1) to the name that it asks for. What is left is kept once, in an arena,
with the first payload that it was of. Whatever isn't plain is left to whoever reads closely.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from netloom.packet.kernels.loads import mixed, u8, u16, u64
from netloom.packet.kernels.table import (
    ARENA_AT,
    DNS_QUERY,
    HOST,
    MOST_NAMED,
    MOST_NAMES,
    NAME,
    NAME_AT,
    NAME_EXAMPLE,
    NAME_HASH,
    NAME_KIND,
    NAME_SIZE,
    NAMES,
    TLS_HELLO,
    TLS_HOST,
)

RANDOM = 34
"""Octets of a ClientHello's version and random."""
EXTENSIONS = 64
"""Extensions that a plain ClientHello has at most."""
SERVER_NAME, SIGNATURES, ALPN, VERSIONS = 0, 13, 16, 43
MEANT = 4
"""Those four extensions whose octets count."""
GREASE = 0x0A0A
DNS_HEADER = 12
LABEL, LONGEST = 63, 255


@njit(error_model="numpy", forceinline=True)
def plain(number):
    """A number, or one for all of those that mean nothing (RFC 8701 §2)."""
    if number & 0x0F0F == GREASE and number >> 8 == number & 0xFF:
        return GREASE
    return number


@njit(error_model="numpy", forceinline=True)
def put(out, end, number):
    """Append two octets; where they end."""
    out[end] = number >> 8
    out[end + 1] = number & 0xFF
    return end + 2


@njit(error_model="numpy", forceinline=True)
def put_numbers(data, at, size, out, end):
    """Append octets, those that mean nothing as one."""
    for k in range(0, size - 1, 2):
        end = put(out, end, plain(u16(data, at + k)))
    if size & 1:
        out[end] = u8(data, at + size - 1)
        end += 1
    return end


@njit(error_model="numpy", forceinline=True)
def put_sorted(out, start, end, number):
    """Insert a number into sorted ones."""
    place = end
    while place > start and u16(out, place - 2) > number:
        out[place] = out[place - 2]
        out[place + 1] = out[place - 1]
        place -= 2
    put(out, place, number)
    return end + 2


@njit(error_model="numpy", forceinline=True)
def meant(kind):
    """Which of the four an extension is, or -1."""
    if kind == SERVER_NAME:
        return 0
    if kind == SIGNATURES:
        return 1
    if kind == ALPN:
        return 2
    return 3 if kind == VERSIONS else -1


@njit(error_model="numpy", forceinline=True)
def hello(data, at, size, out, found):
    """Reduce a payload that is one whole ClientHello to its kind; how many octets that are, 0 if it is none.

    `found` gets where the extension with the host's name is, and its length.
    """
    stop = at + size
    if size < 9 + RANDOM + 1 or size > MOST_NAMED:
        return 0
    record = u16(data, at + 3)
    if u8(data, at) != 22 or u8(data, at + 1) != 3 or at + 5 + record > stop:
        return 0
    if u8(data, at + 5) != 1 or (u8(data, at + 6) << 16 | u16(data, at + 7)) + 4 != record:
        return 0
    stop = at + 5 + record
    p = at + 9
    if p + RANDOM + 1 > stop:
        return 0
    out[0] = TLS_HELLO
    end = put(out, 1, u16(data, p))
    p += RANDOM
    p += 1 + u8(data, p)
    if p + 2 > stop:
        return 0
    ciphers = u16(data, p)
    p += 2
    if ciphers & 1 or p + ciphers + 1 > stop:
        return 0
    end = put(out, end, ciphers)
    end = put_numbers(data, p, ciphers, out, end)
    p += ciphers
    p += 1 + u8(data, p)
    for k in range(2 * MEANT):
        found[k] = 0
    count = 0
    if p != stop:
        if p + 2 > stop or p + 2 + u16(data, p) != stop:
            return 0
        p += 2
        start = end + 2
        end = start
        while p != stop:
            if p + 4 > stop or count == EXTENSIONS:
                return 0
            kind = u16(data, p)
            length = u16(data, p + 2)
            p += 4
            if p + length > stop:
                return 0
            end = put_sorted(out, start, end, plain(kind))
            which = meant(kind)
            if which >= 0:
                if found[2 * which]:
                    return 0
                found[2 * which] = p
                found[2 * which + 1] = length
            p += length
            count += 1
        put(out, start - 2, count)
    else:
        end = put(out, end, 0)
    for which in range(1, MEANT):  # the host's name is kept apart: many clients of one kind ask for many hosts
        place = found[2 * which]
        length = found[2 * which + 1]
        if place == 0:
            continue
        end = put(out, end, length)
        # Versions stand behind one octet, signatures behind two
        before = 1 if which == 3 else 2
        if which == 2 or length < before:
            for k in range(length):
                out[end + k] = u8(data, place + k)
            end += length
        else:
            for k in range(before):
                out[end + k] = u8(data, place + k)
            end = put_numbers(data, place + before, length - before, out, end + before)
    return end


@njit(error_model="numpy", forceinline=True)
def question(data, at, size, out):
    """Reduce a message of DNS to the name that its only question asks for; how many octets that are, 0 if it isn't so.

    The first name of a message is spelled out: there is nothing before it that it could point to.
    """
    if size < DNS_HEADER or size > MOST_NAMED or u16(data, at + 4) != 1:
        return 0
    stop = at + size
    p = at + DNS_HEADER
    out[0] = DNS_QUERY
    end = 1
    while True:
        if p >= stop:
            return 0
        length = u8(data, p)
        if length > LABEL or p + 1 + length > stop or end + length > LONGEST:
            return 0
        for k in range(length + 1):
            out[end + k] = u8(data, p + k)
        end += length + 1
        p += length + 1
        if length == 0:
            break
    return end if p + 4 <= stop else 0


@njit(error_model="numpy", forceinline=True)
def query(data, at, size, out):
    """The same of a message that asks and does nothing else, but for EDNS (RFC 6891 §6.1.2)."""
    if size < DNS_HEADER or u8(data, at + 2) & 0xF8 or u16(data, at + 6) or u16(data, at + 8):
        return 0
    more = u16(data, at + 10)
    if more > 1:
        return 0
    end = question(data, at, size, out)
    if end == 0:
        return 0
    stop = at + size
    p = at + DNS_HEADER + end - 1 + 4
    if more == 0:
        return end if p == stop else 0
    if p + 11 > stop or u8(data, p) or u16(data, p + 1) != 41 or p + 11 + u16(data, p + 9) != stop:
        return 0
    p += 11
    while p != stop:
        if p + 4 > stop:
            return 0
        p += 4 + u16(data, p + 2)
        if p > stop:
            return 0
    return end


@njit(error_model="numpy", forceinline=True)
def hash_of(out, end, keys):
    """A hash that nobody can foresee who doesn't know the keys."""
    for k in range(8):
        out[end + k] = 0
    h = mixed(end ^ keys[0], keys[1])
    for k in range(0, end, 8):
        h = mixed(h ^ u64(out, k) ^ keys[2], keys[3] + k)
    return h


@njit(error_model="numpy", forceinline=True)
def same(out, end, arena, names, number):
    """Whether what is left is what a name is of."""
    name = number * NAME
    if names[name + NAME_SIZE] != end:
        return False
    at = names[name + NAME_AT]
    for k in range(end):
        if arena[at + k] != out[k]:
            return False
    return True


@njit(error_model="numpy", forceinline=True)
def known(data, at, size, out, end, keys, arena, names, places, counters):
    """The number of a name, which may be a new one; 0 where there is no more room."""
    h = hash_of(out, end, keys)
    mask = places.size - 1
    place = h & mask
    while places[place] != 0:
        number = places[place]
        if names[number * NAME + NAME_HASH] == h and same(out, end, arena, names, number):
            return number
        place = place + 1 & mask
    number = counters[NAMES] + 1
    start = counters[ARENA_AT]
    if number >= MOST_NAMES or start + end + size > arena.size:
        return np.int64(0)
    counters[NAMES] = number
    counters[ARENA_AT] = start + end + size
    places[place] = number
    name = number * NAME
    names[name + NAME_AT] = start
    names[name + NAME_SIZE] = end
    names[name + NAME_HASH] = h
    names[name + NAME_EXAMPLE] = size
    names[name + NAME_KIND] = out[0]
    for k in range(end):
        arena[start + k] = out[k]
    for k in range(size):
        arena[start + end + k] = u8(data, at + k)
    return number


@njit(error_model="numpy", forceinline=True)
def host(data, found, out):
    """What a ClientHello says of the host's name; how many octets that are, 0 if they are too many."""
    place = found[0]
    length = found[1]
    if length > LONGEST:
        return 0
    out[0] = TLS_HOST
    for k in range(length):
        out[1 + k] = u8(data, place + k)
    return 1 + length


@njit(error_model="numpy", forceinline=True)
def name_of(kind, data, at, size, out, found, keys, arena, names, places, counters):
    """The number of the name that a first payload gives, by the kind of head that its pattern has; 0 if none.

    That of a ClientHello is its kind's, and from bit HOST that of the host's name.
    """
    if kind == DNS_QUERY:
        end = query(data, at, size, out)
        return known(data, at, size, out, end, keys, arena, names, places, counters) if end else np.int64(0)
    end = hello(data, at, size, out, found)
    if end == 0:
        return np.int64(0)
    number = known(data, at, size, out, end, keys, arena, names, places, counters)
    if number == 0 or found[0] == 0:
        return number
    end = host(data, found, out)
    if end == 0:
        return np.int64(0)
    called = known(data, at, 0, out, end, keys, arena, names, places, counters)
    return number | called << HOST if called else np.int64(0)


@njit(error_model="numpy", forceinline=True)
def asks_the_same(data, at, size, out, arena, names, number):
    """Whether a later message of DNS, or an answer, is about the name that is known."""
    end = question(data, at, size, out)
    return end > 0 and same(out, end, arena, names, number)
