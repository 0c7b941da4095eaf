"""Kernels: walk through a buffer of a capture from frame to frame, and note where each is.

Each ends with what it has to say in `state`: at AT where it came to, at COUNT how many frames it noted, at STATUS why
it stopped. It takes only frames that are whole and sound; everything else is left to the container's own reader, which
knows it or says in words what is wrong.
"""

from __future__ import annotations

from numba import njit

from netloom.packet.kernels import rows as R
from netloom.packet.kernels.layout import (
    AT,
    BLOCK,
    CLOCK,
    COUNT,
    DIVISOR,
    FULL,
    LINK,
    MORE,
    MULTIPLIER,
    OFFSET,
    SHIFT,
    SNAP,
    STATUS,
    UNTOLD,
)
from netloom.packet.kernels.loads import product_shifted, swapped16, swapped32, u16, u32
from netloom.packet.kernels.rows import ROW

ENHANCED, SIMPLE, PACKET = 6, 3, 2


@njit(error_model="numpy")
def pcap(data, at, end, swapped, nanoseconds, limit, head, link, rows, state):
    """Records of a pcap file with headers of `head` octets. `swapped`: numbers are little-endian; `nanoseconds`: in a
    fraction's unit."""
    n = 0
    status = FULL
    while (n + 1) * ROW <= rows.size:
        if end - at < head:
            status = MORE
            break
        seconds = u32(data, at)
        fraction = u32(data, at + 4)
        captured = u32(data, at + 8)
        length = u32(data, at + 12)
        if swapped:
            seconds = swapped32(seconds)
            fraction = swapped32(fraction)
            captured = swapped32(captured)
            length = swapped32(length)
        if captured > limit:
            status = BLOCK
            break
        if end - at - head < captured:
            status = MORE
            break
        row = n * ROW
        rows[row + R.PLACE] = at + head
        rows[row + R.TIME] = seconds * 1_000_000_000 + fraction * nanoseconds
        rows[row + R.INTERFACE] = 0
        rows[row + R.LINK] = link
        rows[row + R.CAPTURED] = captured
        rows[row + R.LENGTH] = length
        n += 1
        at += head + captured
    state[AT] = at
    state[COUNT] = n
    state[STATUS] = status


@njit(error_model="numpy")
def nanoseconds_of(ticks, clocks, clock):
    """Ticks as nanoseconds since 1970, UNTOLD where 64 bits don't hold them (draft-ietf-opsawg-pcapng §4.2)."""
    if ticks < 0 or clocks[clock + DIVISOR] == 0:
        return UNTOLD
    shift = clocks[clock + SHIFT]
    if shift > 0:
        seconds = ticks >> shift if shift < 63 else 0
        if seconds > 9_223_372_036:
            return UNTOLD
        part = ticks - (seconds << shift) if shift < 63 else ticks
        made = seconds * 1_000_000_000 + product_shifted(part, 1_000_000_000, shift)
    elif clocks[clock + DIVISOR] > 1:
        made = ticks // clocks[clock + DIVISOR]
    else:
        if product_shifted(ticks, clocks[clock + MULTIPLIER], 63) != 0:
            return UNTOLD
        made = ticks * clocks[clock + MULTIPLIER]
    if made < 0:
        return UNTOLD
    offset = clocks[clock + OFFSET]
    if offset > 0 and made > 9_223_372_036_854_775_807 - offset:
        return UNTOLD
    return made + offset


@njit(error_model="numpy")
def pcapng(data, at, end, swapped, limit, interfaces, clocks, rows, state):
    """Blocks of a pcapng section that hold frames: enhanced, simple, and the old one (§4.3, §4.4, appendix A)."""
    n = 0
    status = FULL
    while (n + 1) * ROW <= rows.size:
        if end - at < 12:
            status = MORE
            break
        kind = u32(data, at)
        size = u32(data, at + 4)
        if swapped:
            kind = swapped32(kind)
            size = swapped32(size)
        if (kind != ENHANCED and kind != SIMPLE and kind != PACKET) or size < 16 or size & 3 or size > limit:
            status = BLOCK
            break
        if end - at < size:
            status = MORE
            break
        last = u32(data, at + size - 4)
        if swapped:
            last = swapped32(last)
        if last != size:
            status = BLOCK
            break
        if kind == SIMPLE:
            number = 0
            length = u32(data, at + 8)
            if swapped:
                length = swapped32(length)
            head = 12
            captured = length
        else:
            if size < 32:
                status = BLOCK
                break
            if kind == ENHANCED:
                number = u32(data, at + 8)
                if swapped:
                    number = swapped32(number)
            else:
                number = u16(data, at + 8)
                if swapped:
                    number = swapped16(number)
            high = u32(data, at + 12)
            low = u32(data, at + 16)
            captured = u32(data, at + 20)
            length = u32(data, at + 24)
            if swapped:
                high = swapped32(high)
                low = swapped32(low)
                captured = swapped32(captured)
                length = swapped32(length)
            head = 28
        if number >= interfaces:
            status = BLOCK
            break
        clock = number * CLOCK
        if kind == SIMPLE:
            # what was captured of it isn't told: as much as the interface keeps (§4.4)
            if clocks[clock + SNAP] and captured > clocks[clock + SNAP]:
                captured = clocks[clock + SNAP]
            time = UNTOLD
        else:
            time = nanoseconds_of(high << 32 | low, clocks, clock)
        if captured > size - head - 4:
            status = BLOCK
            break
        row = n * ROW
        rows[row + R.PLACE] = at + head
        rows[row + R.TIME] = time
        rows[row + R.INTERFACE] = number
        rows[row + R.LINK] = clocks[clock + LINK]
        rows[row + R.CAPTURED] = captured
        rows[row + R.LENGTH] = length
        n += 1
        at += size
    state[AT] = at
    state[COUNT] = n
    state[STATUS] = status
