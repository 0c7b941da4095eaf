"""A plan's packets as octets: records of a pcap file, with right checksums, and what programs would say."""

# mypy: ignore-errors
# ruff: noqa: PLR0911, PLR0912, PLR0915, PLR0917
# Numba types what it compiles, from the calls; and everything that a loop touches is an argument.

from __future__ import annotations

import numpy as np

from benchmarks.traffic import words
from benchmarks.traffic.layers import (
    check,
    compiled,
    ethernet,
    ip4,
    ip6,
    ports,
    put16,
    put32,
    record,
    segment,
    who_has,
)
from benchmarks.traffic.plan import (
    DNS,
    HTTP,
    PING,
    PLAIN_TCP,
    PLAIN_UDP,
    PORTS,
    REFUSED,
    TLS,
    TUNNEL,
    VOICE,
    WHO_HAS,
    Plan,
)

LEAST, SMALL = 60, 64
"""Octets of a frame at least: what Ethernet sends, without the check sequence; and of every frame of the small mix."""
ROOM = 1536 + 16
"""Octets of a record at most."""
POOL = 1 << 20
"""Random octets that payloads are taken from."""

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
NOTHING, NOISE, RECORD, SEALED, SPOKEN = -1, -2, -3, -4, -5
"""What a payload is if no one's first words: random octets, a TLS record, WireGuard's data, RTP's."""
ANSWERED, GET, GOT, ASK4, ASK6, HELLO = 0, 1, 2, 3, 5, 7
"""First words; HELLO is that of the first kind of clients."""
STACKS = len(words.STACKS)
FULL, BEGINNING = 1428, 1200
"""Octets of payload in a full segment (20 more over IPv4), and in the first one that a server sends."""

OCTETS, PACKETS, FRAMES, TOTAL = 0, 1, 2, 3
"""What is counted: octets of all frames; packets of IP, octets of their frames, and their total lengths."""

_FAR = np.array([PORTS.get(kind, 0) for kind in range(PLAIN_UDP + 1)])


class Writer:
    """Turns packets into records. `counted` tells of all so far."""

    def __init__(self, plan: Plan, seed: int, *, small: bool) -> None:
        rng = np.random.default_rng(seed + 1)
        self.counted = np.zeros(4, np.int64)
        self._plan = plan
        self._least = SMALL if small else LEAST
        self._pool = rng.integers(0, 256, POOL + ROOM, dtype=np.uint8)
        self._sequence = rng.integers(0, 1 << 32, (len(plan.talks.kind), 2), dtype=np.uint32).astype(np.int64)
        self._sent = np.zeros(len(plan.talks.kind), np.int64)
        self._said, self._bounds = spoken()

    def fill(self, buffer, first: int, last: int) -> int:
        """Packets `first` to `last`; gives how many octets of `buffer` they are."""
        return fill(
            buffer, first, last, self._plan, self._least, self._pool, self._sequence, self._sent, self._said,
            self._bounds, self.counted,
        )  # fmt: skip


def spoken():
    """The first words one after the other, and for each where it begins, its length, and the places in it."""
    said = [
        words.server_hello(BEGINNING), words.request(), words.response(BEGINNING),
        *(words.question(version, answered=answered) for version in (4, 6) for answered in (False, True)),
        *map(words.client_hello, words.STACKS),
    ]  # fmt: skip
    bounds, start = [], 0
    for one in said:
        bounds.append((start, len(one.octets), *one[1:]))
        start += len(one.octets)
    return np.frombuffer(b"".join(one.octets for one in said), np.uint8), np.array(bounds, np.int64)


@compiled
def fill(b, first, last, plan, least, pool, sequence, sent, said, bounds, counted):
    talks = plan.talks
    at = 0
    for i in range(first, last):
        t, die, position, time = np.int64(plan.talk[i]), np.int64(plan.dice[i]), np.int64(plan.at[i]), plan.time[i]
        kind, version = talks.kind[t], talks.version[t]
        client, server = talks.client[t], talks.server[t]
        start = at + 16
        if kind == WHO_HAS:
            end = who_has(b, ethernet(b, start, position, client, 0, 0x0806), position, client, die)
        else:
            side, flags, size, what = turn(kind, version, position, talks.packets[t], die)
            if what >= 0:
                what += client % STACKS if what == HELLO else 0
                size = bounds[what, 1]
            tcp = kind in (TLS, HTTP, REFUSED, PLAIN_TCP)
            again = tcp and position > 4 and side == 1 and size > 0 and die & 255 == 0
            if again:
                size = sent[t]
            ip = ethernet(b, start, side, client, talks.vlan[t], 0x86DD if version == 6 else 0x0800)
            over = ip + (40 if version == 6 else 20)
            header = 8
            if tcp:
                header = 20 if kind in (PLAIN_TCP, REFUSED) else 40 if flags & SYN else 32
            end = over + header + size
            payload(b, over + header, size, what, die, t, server, pool, said, bounds)
            if kind == DNS:
                put16(b, over + header, t & 0xFFFF)
            protocol = 6 if tcp else 17 if kind != PING else 58 if version == 6 else 1
            if version == 6:
                total = ip6(b, ip, side, client, server, protocol, end - over, t)
            else:
                total = ip4(b, ip, side, client, server, protocol, end - over, i)
            if kind == PING:
                b[over], b[over + 1] = 128 + side if version == 6 else 8 - 8 * side, 0
                put16(b, over + 4, talks.port[t])
                put16(b, over + 6, position // 2)
            else:
                ports(b, over, side, talks.port[t], _FAR[kind])
            if tcp:
                begin = sequence[t, side]
                if again:
                    begin -= size
                else:
                    sequence[t, side] = begin + size + (1 if flags & (SYN | FIN) else 0)
                    if side == 1 and size:
                        sent[t] = size
                segment(b, over, header, flags, begin, sequence[t, 1 - side], time // 1000)
            elif kind != PING:
                put16(b, over + 4, end - over)
            check(b, ip, over, end, version, protocol)
            counted[PACKETS] += 1
            counted[TOTAL] += total
        while end - start < least:
            b[end] = 0
            end += 1
        record(b, at, time, end - start)
        counted[OCTETS] += end - start
        if kind != WHO_HAS:
            counted[FRAMES] += end - start
        at = end
    return at


@compiled
def turn(kind, version, position, packets, die):
    """Whose turn it is (1: the server's), TCP's flags, how many octets are said, and what."""
    share, rest = die & 0xFFFF, die >> 16
    if kind in (DNS, TUNNEL, VOICE, PING, PLAIN_UDP):
        return datagram(kind, version, position, share, rest)
    if kind == REFUSED:
        return position, RST | ACK if position else SYN, 0, NOTHING
    if position < 3:
        return position & 1, ACK if position == 2 else SYN | ACK if position else SYN, 0, NOTHING
    left = packets - position
    if left <= 3:
        return 1 if left == 2 else 0, ACK if left == 1 else FIN | ACK, 0, NOTHING
    if kind == PLAIN_TCP:
        return 1 if share < 36_000 else 0, ACK | PSH, 10 if share < 50_000 else 0, NOISE
    if position == 3:
        return 0, ACK | PSH, 0, HELLO if kind == TLS else GET
    if position == 4:
        return 1, ACK, 0, ANSWERED if kind == TLS else GOT
    what = RECORD if kind == TLS else NOISE
    if share < 12_000:
        return 1, ACK, FULL if version == 6 else FULL + 20, what
    if share < 20_000:
        return 1, ACK | PSH, 100 + rest % 1000, what
    if share < 57_000 or kind == HTTP:
        return 0, ACK, 0, NOTHING
    return 0, ACK | PSH, 60 + rest % 500, what


@compiled
def datagram(kind, version, position, share, rest):
    """The same for what has no connection."""
    if kind == DNS:
        return position, 0, 0, (ASK4 if version == 4 else ASK6) + position
    if kind == TUNNEL:
        return share & 1, 0, 32 + 16 * (1 + rest % 80), SEALED
    if kind == VOICE:
        return share & 1, 0, 172, SPOKEN
    if kind == PING:
        return position & 1, 0, 56, NOISE
    return share & 1, 0, 2 if version == 6 else 22, NOISE


@compiled
def payload(b, at, size, what, die, t, server, pool, said, bounds):
    start = die >> 12 & POOL - 1
    if what >= 0:
        begin, digits = bounds[what, 0], bounds[what, 2]
        b[at : at + size] = said[begin : begin + size]
        for place in range(6 if digits >= 0 else 0):
            b[at + digits + 5 - place] = 48 + server // 10**place % 10
        if bounds[what, 3] >= 0:  # the session is the same on both sides (RFC 8446 §4.1.3)
            own = 96 if what == ANSWERED else 0
            for column, place in ((3, own), (4, 32), (5, own + 64)):
                to, source = at + bounds[what, column], (t * 40503 & POOL - 1) + place
                b[to : to + 32] = pool[source : source + 32]
        return
    b[at : at + size] = pool[start : start + size]
    if what == RECORD:
        b[at] = 23
        put16(b, at + 1, 0x0303)
        put16(b, at + 3, size - 5)
    elif what == SEALED:
        put32(b, at, 0x04000000)
    elif what == SPOKEN:
        put32(b, at, 0x80000000 + (die & 0xFFFF))
