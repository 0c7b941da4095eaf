"""Kernel: put packets into flows. Its plain twin is `packet/flows/tracker.py`, which says what a flow is."""

from __future__ import annotations

import numpy as np
from numba import njit

from netloom.packet.kernels import rows as R
from netloom.packet.kernels.loads import fetch, mixed, u8
from netloom.packet.kernels.naming import asks_the_same, name_of
from netloom.packet.kernels.rows import ROW
from netloom.packet.kernels.table import (
    ACKED,
    ACKED_AGAIN,
    ACKED_WINDOW,
    ACTIVE,
    ACTIVE_OUT,
    ADVANCED,
    ANSWERED,
    APP,
    BYTES,
    CLOSED,
    CLOSER,
    COUNT,
    DNS_QUERY,
    DST_HIGH,
    DST_LOW,
    ENDED,
    FINISHED,
    FIRST,
    FLAGS,
    FOLLOWS,
    GAPS,
    GOES_ON,
    HALF,
    HEAD,
    HEARD,
    HEARD_BITS,
    HOLDS,
    IDLE,
    IDLE_OUT,
    LAST,
    LOOKING,
    META,
    MOST,
    MOST_HEARD,
    NAME_MASK,
    NAMED,
    NAMED_AS,
    NEXT,
    NOTE,
    NOTED,
    NOW,
    OFFSET,
    ONE_WAY,
    OPENS,
    OUT_OF_ORDER,
    PACKETS,
    PATTERN,
    PAYLOAD,
    PORT,
    PROTOCOL,
    READ,
    REORDERED,
    REPEATED,
    RESET,
    RESETS,
    RETRANSMISSIONS,
    RTT,
    SERIAL,
    SERIALS,
    SIZE,
    SPOKE,
    SRC_HIGH,
    SRC_LOW,
    START,
    STATE,
    SYN_AT,
    TAGS,
    UNKNOWN,
    VERSION,
    WORDS,
    ZERO_WINDOWS,
)
from netloom.packet.row import UNTOLD

FIN, SYN, RST, ACK = 1, 2, 4, 16
TCP, UDP, SCTP, ICMP, ICMPV6 = 6, 17, 132, 1, 58
U32 = 0xFFFFFFFF
SAID = (1 << ACKED_AGAIN) - 1
AHEAD = 32
"""Rows between the one in work and those whose memory is asked for."""


# Keys


@njit(error_model="numpy", forceinline=True)
def counterpart(protocol, kind):
    """The type of ICMP message that answers a type, or -1."""
    if protocol == ICMP:
        if kind == 8 or kind == 0:
            return 8 - kind
        if kind == 9 or kind == 10:
            return 19 - kind
        if 13 <= kind <= 18:
            return kind + 1 if kind & 1 else kind - 1
        return -1
    if kind == 128 or kind == 129:
        return 257 - kind
    if 130 <= kind <= 131:
        return 261 - kind
    if 133 <= kind <= 136:
        return kind + 1 if kind & 1 else kind - 1
    if kind == 139 or kind == 140:
        return 279 - kind
    if kind == 144 or kind == 145:
        return 289 - kind
    return -1


@njit(error_model="numpy", forceinline=True)
def meta_of(rows, row):
    """A row's ports, protocol and version in one number."""
    protocol = rows[row + R.PROTOCOL]
    source = 0
    destination = 0
    one_way = 0
    if rows[row + R.FRAGMENT] <= 0:
        if protocol == TCP or protocol == UDP or protocol == SCTP:
            source = rows[row + R.SRC_PORT]
            destination = rows[row + R.DST_PORT]
        elif protocol == ICMP or protocol == ICMPV6:
            source = rows[row + R.ICMP_TYPE]
            destination = counterpart(protocol, source)
            if destination < 0:
                destination = rows[row + R.ICMP_CODE]
                one_way = 1
    return source | destination << PORT | protocol << PROTOCOL | rows[row + R.VERSION] << VERSION | one_way << ONE_WAY


@njit(error_model="numpy", forceinline=True)
def turned(meta):
    """The same in the other direction."""
    return meta & ~0xFFFFFFFF | (meta & 0xFFFF) << PORT | meta >> PORT & 0xFFFF


@njit(error_model="numpy", forceinline=True)
def hashed(src_high, src_low, dst_high, dst_low, meta, keys):
    """The same for both directions, and unforeseeable without the keys."""
    one = mixed(src_high ^ keys[0], src_low ^ (meta & 0xFFFF) << 40 ^ keys[1])
    other = mixed(dst_high ^ keys[0], dst_low ^ (meta >> PORT & 0xFFFF) << 40 ^ keys[1])
    return mixed(one + other ^ keys[2], (one ^ other) ^ meta >> PROTOCOL ^ keys[3])


# One packet


@njit(error_model="numpy", forceinline=True)
def begin(table, flow, rows, row, meta, back, time, counters):
    """A flow's words for its first packet, which went backward if `back`."""
    for word in range(WORDS):
        table[flow + word] = 0
    if back:
        table[flow + SRC_HIGH] = rows[row + R.DST_HIGH]
        table[flow + SRC_LOW] = rows[row + R.DST_LOW]
        table[flow + DST_HIGH] = rows[row + R.SRC_HIGH]
        table[flow + DST_LOW] = rows[row + R.SRC_LOW]
        table[flow + META] = turned(meta)
    else:
        table[flow + SRC_HIGH] = rows[row + R.SRC_HIGH]
        table[flow + SRC_LOW] = rows[row + R.SRC_LOW]
        table[flow + DST_HIGH] = rows[row + R.DST_HIGH]
        table[flow + DST_LOW] = rows[row + R.DST_LOW]
        table[flow + META] = meta
    table[flow + FIRST] = time
    table[flow + LAST] = time
    table[flow + NEXT] = table[flow + NEXT + 1] = UNKNOWN
    table[flow + ACKED] = table[flow + ACKED + 1] = UNKNOWN
    table[flow + SYN_AT] = UNTOLD
    table[flow + APP] = UNKNOWN
    table[flow + TAGS] = rows[row + R.VLAN] | rows[row + R.TUNNELS] << 16
    table[flow + SERIAL] = counters[SERIALS]
    counters[SERIALS] += 1


@njit(error_model="numpy", forceinline=True)
def is_closed(table, flow):
    state = table[flow + STATE]
    return state & RESET != 0 or state & (3 * FINISHED) == 3 * FINISHED


@njit(error_model="numpy", forceinline=True)
def signed(difference):
    """A difference of sequence numbers (RFC 9293 §3.4)."""
    return (difference + 0x80000000 & U32) - 0x80000000


@njit(error_model="numpy", forceinline=True)
def count(table, word, back):
    """Count in one half of a word, as long as there is room."""
    if table[word] >> HALF * back & MOST != MOST:
        table[word] += 1 << HALF * back


@njit(error_model="numpy", forceinline=True)
def segment(table, flow, back, rows, row, time):
    """What a TCP segment tells about its flow; whether its octets are the next ones."""
    flags = rows[row + R.FLAGS]
    seq = rows[row + R.SEQ]
    ack = rows[row + R.ACK]
    window = rows[row + R.WINDOW]
    other = 1 - back
    length = rows[row + R.PAYLOAD_LENGTH] + (flags >> 1 & 1) + (flags & 1)
    if flags & SYN:
        if not flags & ACK and not back and not table[flow + STATE] & ANSWERED:
            table[flow + SYN_AT] = time
        elif flags & ACK and back and table[flow + SYN_AT] != UNTOLD:
            table[flow + STATE] |= ANSWERED
    elif flags & ACK and not back and table[flow + STATE] & ANSWERED and table[flow + RTT] == 0:
        table[flow + RTT] = time - table[flow + SYN_AT]
    in_order = 1
    if length > 0:
        following = seq + length & U32
        expected = table[flow + NEXT + back]
        delta = signed(seq - expected)
        if expected == UNKNOWN or delta >= 0:
            if expected != UNKNOWN and delta > 0:
                count(table, flow + GAPS, back)
                in_order = 0
            table[flow + NEXT + back] = following
            table[flow + ADVANCED + back] = time
        else:
            in_order = 0
            soon = table[flow + RTT] if table[flow + RTT] > 0 else REORDERED
            alive = rows[row + R.PAYLOAD_LENGTH] <= 1 and not flags & (SYN | FIN | RST) and delta == -1
            if not alive:
                heard = table[flow + ACKED + other]
                if heard >> ACKED_AGAIN >= REPEATED and seq == heard & U32:
                    count(table, flow + RETRANSMISSIONS, back)
                elif time - table[flow + ADVANCED + back] < soon and following != expected:
                    count(table, flow + OUT_OF_ORDER, back)
                else:
                    count(table, flow + RETRANSMISSIONS, back)
            if signed(following - expected) > 0:
                table[flow + NEXT + back] = following
                table[flow + ADVANCED + back] = time
    if flags & ACK:
        said = ack | window << ACKED_WINDOW
        last = table[flow + ACKED + back]
        again = 0
        if last != UNKNOWN and last & U32 == ack:
            again = last >> ACKED_AGAIN
            if length == 0 and not flags & (SYN | FIN | RST) and last & SAID == said and again < REPEATED:
                again += 1
        table[flow + ACKED + back] = said | again << ACKED_AGAIN
    if flags & RST:
        count(table, flow + RESETS, back)
        table[flow + STATE] |= RESET
    elif window == 0 and not flags & (SYN | FIN):
        count(table, flow + ZERO_WINDOWS, back)
    if flags & FIN:
        table[flow + STATE] |= FINISHED << back
    table[flow + FLAGS] |= flags << 16 * back
    return in_order


# What is spoken


@njit(error_model="numpy", forceinline=True)
def matches(data, at, size, patterns, p, octets):
    start = patterns[p + START]
    many = patterns[p + SIZE]
    first = at + patterns[p + OFFSET]
    if patterns[p + OFFSET] + many > size:
        return False
    for k in range(many):
        if u8(data, first + k) & u8(octets, start + many + k) != u8(octets, start + k):
            return False
    return holds(data, at, size, octets, start + 2 * many, patterns[p + HOLDS])


@njit(error_model="numpy", forceinline=True)
def lower(octet):
    return octet | 32 if 65 <= octet <= 90 else octet


@njit(error_model="numpy")
def holds(data, at, size, octets, start, many):
    """Whether octets stand somewhere in a payload, its letters taken as small ones."""
    if many == 0:
        return True
    wanted = u8(octets, start)
    for place in range(at, at + size - many + 1):
        if lower(u8(data, place)) != wanted:
            continue
        k = 1
        while k < many and lower(u8(data, place + k)) == u8(octets, start + k):
            k += 1
        if k == many:
            return True
    return False


@njit(error_model="numpy", forceinline=True)
def recognise(data, at, size, transport, back, patterns, near, octets):
    """The first pattern that a payload matches, or -1."""
    way = (2 if transport == UDP else 0) + back
    first = way << 8 | u8(data, at)
    for place in range(near[first], near[first + 1]):
        number = near[place]
        if matches(data, at, size, patterns, number * PATTERN, octets):
            return number
    return -1


@njit(error_model="numpy", forceinline=True)
def hear(table, flow, back, size):
    """Count a payload that gives a flow no other name, as long as payloads are counted."""
    heard = HEARD + HEARD_BITS * back
    if table[flow + TAGS] >> heard & (1 << HEARD_BITS) - 1 < MOST_HEARD:
        table[flow + TAGS] += 1 << heard
        table[flow + FLAGS] += size << READ + 16 * back


# Batches


@njit(error_model="numpy", forceinline=True)
def find(table, slots, mask, h, rows, row, meta):
    """The flow of a packet and its direction as 2 * flow + back; -1 - slot where there is none."""
    slot = h & mask
    tag = h >> 32
    reverse = turned(meta)
    two_ways = meta >> ONE_WAY & 1 == 0
    src_high = rows[row + R.SRC_HIGH]
    src_low = rows[row + R.SRC_LOW]
    dst_high = rows[row + R.DST_HIGH]
    dst_low = rows[row + R.DST_LOW]
    while slots[slot] != 0:
        if slots[slot] >> 32 == tag:
            f = (slots[slot] & U32) - 1
            flow = f * WORDS
            if table[flow + META] == meta and table[flow + SRC_LOW] == src_low and table[flow + DST_LOW] == dst_low:
                if table[flow + SRC_HIGH] == src_high and table[flow + DST_HIGH] == dst_high:
                    return f << 1
            if (
                two_ways
                and table[flow + META] == reverse
                and table[flow + SRC_LOW] == dst_low
                and table[flow + DST_LOW] == src_low
            ):
                if table[flow + SRC_HIGH] == dst_high and table[flow + DST_HIGH] == src_high:
                    return f << 1 | 1
        slot = slot + 1 & mask
    return -1 - slot


@njit(error_model="numpy", forceinline=True)
def over(table, flow, opens, counters):
    """What a flow has ended of before this packet, or -1. `opens`: the packet opens a TCP connection."""
    last = table[flow + LAST]
    first = table[flow + FIRST]
    # As differences these could be too large: a capture may claim times of both ends of what 64 bits hold
    late = last < counters[NOW] - counters[IDLE] or first < counters[NOW] - counters[ACTIVE]
    if is_closed(table, flow):
        return CLOSED if late or opens else -1
    if not late:
        return -1
    return ACTIVE_OUT if first + counters[ACTIVE] < last + counters[IDLE] else IDLE_OUT


@njit(error_model="numpy", forceinline=True)
def give_out(table, flow, reason, ended, reasons, counters):
    """Copy a flow to those that have ended."""
    n = counters[ENDED]
    for word in range(WORDS):
        ended[n * WORDS + word] = table[flow + word]
    reasons[n] = reason
    counters[ENDED] = n + 1


@njit(error_model="numpy")
def hash(rows, n, keys):
    """Hash the first `n` rows."""
    for i in range(n):
        row = i * ROW
        rows[row + R.HASH] = hashed(
            rows[row + R.SRC_HIGH],
            rows[row + R.SRC_LOW],
            rows[row + R.DST_HIGH],
            rows[row + R.DST_LOW],
            meta_of(rows, row),
            keys,
        )


@njit(error_model="numpy")
def track(
    data,
    n,
    rows,
    keys,
    table,
    slots,
    patterns,
    near,
    octets,
    out,
    found,
    arena,
    names,
    places,
    ended,
    reasons,
    notes,
    numbers,
    counters,
):
    """Put `n` hashed rows into flows. There is room for `n` more flows, `n` ended ones and `n` notes.

    `numbers` gets each row's flow as 2 * serial + direction, or -1. `out` and `found` are for `naming`.
    """
    mask = slots.size - 1
    # Memory takes as long as some rows: a row's slot is asked for first, then what most slots lead to at once, its flow
    for ahead in range(n + 2 * AHEAD):
        if ahead < n:
            fetch(slots, rows[ahead * ROW + R.HASH] & mask)
        following = ahead - AHEAD
        if 0 <= following < n:
            held = slots[rows[following * ROW + R.HASH] & mask]
            if held:
                flow = ((held & U32) - 1) * WORDS
                fetch(table, flow)
                fetch(table, flow + 8)
                fetch(table, flow + 16)
        i = following - AHEAD
        if i < 0:
            continue
        row = i * ROW
        time = rows[row + R.TIME]
        if time == UNTOLD:
            time = counters[NOW]
        elif time > counters[NOW]:
            counters[NOW] = time
        if rows[row + R.VERSION] == 0:
            numbers[i] = -1
            continue
        meta = meta_of(rows, row)
        transport = rows[row + R.PROTOCOL]
        # A segment without any flag is one whose header isn't there
        tcp = transport == TCP and rows[row + R.FRAGMENT] <= 0 and rows[row + R.FLAGS] != 0
        flags = rows[row + R.FLAGS] if tcp else 0
        held = find(table, slots, mask, rows[row + R.HASH], rows, row, meta)
        if held >= 0:
            f = held >> 1
            back = held & 1
            reason = over(table, f * WORDS, flags & (SYN | ACK) == SYN, counters)
            if reason >= 0:
                give_out(table, f * WORDS, reason, ended, reasons, counters)
                back = np.int64(flags & (SYN | ACK) == SYN | ACK)
                begin(table, f * WORDS, rows, row, meta, back, time, counters)
        else:
            f = counters[COUNT]
            counters[COUNT] = f + 1
            slots[-1 - held] = rows[row + R.HASH] >> 32 << 32 | f + 1
            back = np.int64(flags & (SYN | ACK) == SYN | ACK)
            begin(table, f * WORDS, rows, row, meta, back, time, counters)
        flow = f * WORDS
        numbers[i] = table[flow + SERIAL] << 1 | back
        if time > table[flow + LAST]:
            table[flow + LAST] = time
        table[flow + PACKETS + back] += 1
        table[flow + BYTES + back] += rows[row + R.LENGTH]
        if transport != TCP and transport != UDP and transport != SCTP:
            continue
        table[flow + PAYLOAD + back] += rows[row + R.PAYLOAD_LENGTH]
        in_order = segment(table, flow, back, rows, row, time) if tcp else 1
        size = rows[row + R.PAYLOAD]
        if size == 0 or transport == SCTP or rows[row + R.FRAGMENT] > 0:
            continue
        at = rows[row + R.PLACE] + rows[row + R.PAYLOAD_AT]
        whole = size >= rows[row + R.PAYLOAD_LENGTH]
        state = table[flow + STATE]
        opens = 0
        if not state & SPOKE << back:
            opens = OPENS
            state |= SPOKE << back
            if table[flow + APP] == UNKNOWN:
                pattern = recognise(data, at, size, transport, back, patterns, near, octets)
                if pattern >= 0:
                    p = pattern * PATTERN
                    name = np.int64(0)
                    # While another payload is looked at closer, that one decides first
                    if patterns[p + HEAD] and whole and in_order and not state & LOOKING:
                        kind = patterns[p + HEAD]
                        name = name_of(kind, data, at, size, out, found, keys, arena, names, places, counters)
                    if name:
                        table[flow + APP] = pattern
                        table[flow + TAGS] |= name << NAMED_AS
                        if patterns[p + HEAD] == DNS_QUERY:
                            state |= LOOKING | NAMED
                    elif patterns[p + CLOSER] or state & LOOKING:
                        state |= LOOKING
                    else:
                        table[flow + APP] = pattern
        if state & NAMED and whole and in_order:
            name = table[flow + TAGS] >> NAMED_AS & NAME_MASK
            if (opens and not back) or asks_the_same(data, at, size, out, arena, names, name):
                hear(table, flow, back, size)
                table[flow + STATE] = state
                continue
        table[flow + STATE] = state
        if state & LOOKING:
            note = NOTE * counters[NOTED]
            notes[note] = i
            notes[note + 1] = f << 1 | back
            notes[note + 2] = table[flow + SERIAL]
            notes[note + 3] = (FOLLOWS if in_order else 0) | opens
            notes[note + 4] = table[flow + TAGS] if state & NAMED else 0
            notes[note + 5] = table[flow + FLAGS] if state & NAMED else 0
            counters[NOTED] += 1
            table[flow + STATE] &= ~NAMED


@njit(error_model="numpy")
def judge(table, reasons, otherwise, counters):
    """Of each flow, what it has ended of by now: `otherwise` if it could go on, which may be GOES_ON."""
    for f in range(counters[COUNT]):
        flow = f * WORDS
        reason = over(table, flow, otherwise != GOES_ON, counters)
        reasons[f] = reason if reason >= 0 else otherwise


@njit(error_model="numpy")
def part(table, slots, keys, reasons, counters):
    """Move flows that don't go on behind those that do, with their reasons; COUNT is then how many do."""
    kept = 0
    for f in range(counters[COUNT]):
        if reasons[f] != GOES_ON:
            continue
        if kept != f:
            for word in range(WORDS):
                other = table[kept * WORDS + word]
                table[kept * WORDS + word] = table[f * WORDS + word]
                table[f * WORDS + word] = other
            reasons[f] = reasons[kept]
            reasons[kept] = GOES_ON
        kept += 1
    counters[COUNT] = kept
    lead(table, slots, keys, kept)


@njit(error_model="numpy")
def index(table, slots, keys, count):
    """Lead the slots to the first `count` flows."""
    lead(table, slots, keys, count)


@njit(error_model="numpy")
def lead(table, slots, keys, count):
    mask = slots.size - 1
    for slot in range(slots.size):
        slots[slot] = 0
    for f in range(count):
        flow = f * WORDS
        h = hashed(
            table[flow + SRC_HIGH],
            table[flow + SRC_LOW],
            table[flow + DST_HIGH],
            table[flow + DST_LOW],
            table[flow + META],
            keys,
        )
        slot = h & mask
        while slots[slot] != 0:
            slot = slot + 1 & mask
        slots[slot] = h >> 32 << 32 | f + 1
