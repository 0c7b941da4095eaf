"""Kernel: what a ring has handed over as a capture file holds it. Its plain twin is `packet/live/compose.py`.

The memory is the kernel's of the system, which is believed, but for what would lead out of a block: such a block is
left as it is to the twin.
"""

from __future__ import annotations

from numba import njit

from netloom.packet.kernels.loads import u8, u16
from netloom.packet.kernels.ringstate import (
    COUNT,
    ENOUGH,
    FIRST,
    FULL,
    LAST,
    NEXT,
    OCTETS,
    ODD,
    PCAP,
    SIZE,
    STATUS,
    WAIT,
)
from netloom.packet.kernels.stores import acquired, big16, big32, copy, n16, n32, put16, put32, released
from netloom.packet.live.interfaces import COOKED, ETHERNET
from netloom.packet.live.layout import (
    BLOCK_FIRST,
    BLOCK_PACKETS,
    BLOCK_STATUS,
    ORIGIN_END,
    ORIGIN_TYPE,
    OURS,
    OUTGOING,
    PACKET_HEADER,
    VLAN_TYPE_VALID,
    VLAN_VALID,
)

RECORD, ENHANCED = 16, 28
"""Octets before a packet in a pcap file, and in a pcapng file."""
TAIL = 16
"""Octets behind one in a pcapng file: its direction, the end of options, and the block's length again."""
AROUND = ENHANCED + 24 + 3 + TAIL
"""Octets around one at most: a cooked header and a tag may be put back, and padding."""
MACS = 12
"""An Ethernet header's addresses, behind which a tag stands."""


@njit(error_model="numpy", inline="always")
def cooked(data, at, tagged, kind, tag, out, to):
    """The header of a cooked frame (LINUX_SLL2), and a tag behind it; where what follows begins."""
    origin = at + PACKET_HEADER
    protocol = u16(data, origin + 2)
    big16(out, to, kind if tagged else protocol)
    big16(out, to + 2, 0)
    big32(out, to + 4, n32(data, origin + 4))
    big16(out, to + 8, n16(data, origin + 8))
    big16(out, to + 10, u16(data, origin + 10))
    octets = u8(data, origin + 11)
    for octet in range(8):
        out[to + 12 + octet] = data[origin + 12 + octet] if octet < octets else 0
    to += 20
    if tagged:
        big16(out, to, tag)
        big16(out, to + 2, protocol)
        to += 4
    return to


@njit(error_model="numpy")
def packets(data, start, end, count, link, snap, form, number, out, state):
    """So many of a block's packets behind what is written; False, and nothing is, where they can't be as they say."""
    to, octets, moment = state[SIZE], state[OCTETS], state[LAST]
    begins = state[FIRST]
    head = RECORD if form == PCAP else ENHANCED
    at = start + n32(data, start + BLOCK_FIRST)
    for _ in range(count):
        if at + ORIGIN_END > end:
            return False
        kept = n32(data, at + 12)
        source = at + n16(data, at + 24)
        if kept > end - source or kept > out.size - to - AROUND:
            return False
        seconds, nanoseconds = n32(data, at + 4), n32(data, at + 8)
        length, status = n32(data, at + 16), n32(data, at + 20)
        tag, kind = n32(data, at + 32), n16(data, at + 36)
        tagged = tag != 0 or status & VLAN_VALID != 0
        if kind == 0 and status & VLAN_TYPE_VALID == 0:
            kind = 0x8100
        begin = to + head
        place = begin
        if link == COOKED:
            place = cooked(data, at, tagged, kind, tag, out, place)
            length += place - begin
        elif tagged:
            length += 4
            if link == ETHERNET and kept >= MACS:
                copy(out, place, data, source, MACS)
                big16(out, place + MACS, kind)
                big16(out, place + MACS + 2, tag)
                place += MACS + 4
                source += MACS
                kept -= MACS
        copy(out, place, data, source, kept)
        kept = min(place + kept - begin, snap)
        if begins < 0:
            begins = seconds * 1_000_000_000 + nanoseconds
        moment = seconds * 1_000_000_000 + nanoseconds
        if form == PCAP:
            put32(out, to, seconds)
            put32(out, to + 4, nanoseconds)
            put32(out, to + 8, kept)
            put32(out, to + 12, length)
            to = begin + kept
        else:
            padding = -kept & 3
            total = ENHANCED + kept + padding + TAIL
            put32(out, to, 6)
            put32(out, to + 4, total)
            put32(out, to + 8, number)
            put32(out, to + 12, moment >> 32)
            put32(out, to + 16, moment)
            put32(out, to + 20, kept)
            put32(out, to + 24, length)
            to = begin + kept
            for octet in range(padding):
                out[to + octet] = 0
            to += padding
            put16(out, to, 2)
            put16(out, to + 2, 4)
            put32(out, to + 4, 2 if u8(data, at + ORIGIN_TYPE) == OUTGOING else 1)
            put32(out, to + 8, 0)
            put32(out, to + 12, total)
            to += TAIL
        octets += kept
        at += n32(data, at)
    state[SIZE], state[OCTETS], state[FIRST], state[LAST] = to, octets, begins, moment
    return True


@njit(error_model="numpy")
def drain(data, size, link, snap, form, number, most, blocks, out, state):
    """Packets of the blocks that are ours, `most` at most of so many `blocks` at most, each handed back at once."""
    state[SIZE] = state[COUNT] = state[OCTETS] = state[LAST] = 0
    state[FIRST] = -1
    status = ENOUGH
    while blocks > 0 and state[COUNT] < most:
        start = state[NEXT] * size
        if acquired(data, start + BLOCK_STATUS) & OURS == 0:
            status = WAIT
            break
        if out.size - state[SIZE] < size:
            status = FULL
            break
        there = n32(data, start + BLOCK_PACKETS)
        count = min(there, most - state[COUNT])
        if not packets(data, start, start + size, count, link, snap, form, number, out, state):
            status = ODD
            break
        state[COUNT] += count
        if count < there:
            break
        released(data, start + BLOCK_STATUS, 0)
        state[NEXT] = state[NEXT] + 1 if start + 2 * size <= data.size else 0
        blocks -= 1
    state[STATUS] = status
