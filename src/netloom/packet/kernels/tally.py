"""Kernel: sums by keys, and how many members each key has. Its plain twin is `packet/summing/bounded.py`."""

from __future__ import annotations

from numba import njit

from netloom.packet.kernels.loads import mixed
from netloom.packet.kernels.tallied import ADD, AT, COUNT, EARLIEST, JOINED, LEAST, LOST, MEMBER, MOST

U32 = 0xFFFFFFFF


@njit(error_model="numpy", forceinline=True)
def hashed(words, at, many, seeds):
    """Unforeseeable without the seeds, of which there is one more than words."""
    h = seeds[0]
    for k in range(many):
        h = mixed(h ^ words[at + k], seeds[k + 1])
    return h


@njit(error_model="numpy", forceinline=True)
def find(words, at, many, h, held, width, slots):
    """The row whose first words are these; -1 - slot where there is none."""
    mask = slots.size - 1
    slot = h & mask
    tag = h >> 32
    while slots[slot] != 0:
        if slots[slot] >> 32 == tag:
            row = (slots[slot] & U32) - 1
            same = True
            for k in range(many):
                if held[row * width + k] != words[at + k]:
                    same = False
            if same:
                return row
        slot = slot + 1 & mask
    return -1 - slot


@njit(error_model="numpy", forceinline=True)
def join(row, at, members, i, held, joined, links, seeds, most, apart, state):
    """Put entry `i`'s member into the set that is counted at `at`, which may have `apart` of them."""
    high = members[2 * i]
    low = members[2 * i + 1]
    if held[at] == 0:
        held[at] = 1
        held[at + 1] = high
        held[at + 2] = low
    elif held[at] < apart and (held[at + 1] != high or held[at + 2] != low):
        place = state[JOINED] * MEMBER  # behind the last one there is always room
        joined[place] = row
        joined[place + 1] = high
        joined[place + 2] = low
        h = hashed(joined, place, MEMBER, seeds)
        found = find(joined, place, MEMBER, h, joined, MEMBER, links)
        if found >= 0:
            return
        if state[JOINED] == most:
            state[LOST] += 1
            return
        links[-1 - found] = h >> 32 << 32 | state[JOINED] + 1
        state[JOINED] += 1
        held[at] += 1


@njit(error_model="numpy")
def add(keys, many, numbers, kinds, members, n, seeds, room, held, slots, most, apart, joined, links, state):
    """Add entries from AT on, up to `n`, or up to one whose key has no room.

    A key has `many` words; `kinds` says what is done with each number. `held` has room for `room` rows, `joined` for
    one more than `most` members; there are more slots than rows, and more links than members. With `apart` 0 there are
    no members.
    """
    kept = kinds.size
    width = many + kept + (MEMBER if apart else 0)
    for i in range(state[AT], n):
        h = hashed(keys, i * many, many, seeds)
        row = find(keys, i * many, many, h, held, width, slots)
        if row >= 0:
            at = row * width + many
            given = i * kept
            for k in range(kept):
                kind = kinds[k]
                number = numbers[given + k]
                before = held[at + k]
                if kind == ADD:
                    held[at + k] = before + number
                elif kind == LEAST:
                    if number < before:
                        held[at + k] = number
                elif kind == MOST:
                    if number > before:
                        held[at + k] = number
                elif kind == EARLIEST:
                    beside = numbers[given + k + 1]
                    if number < before or (number == before and beside < held[at + k + 1]):
                        held[at + k] = number
                        held[at + k + 1] = beside
        else:
            count = state[COUNT]
            if count == room:
                state[AT] = i
                return
            slots[-1 - row] = h >> 32 << 32 | count + 1
            state[COUNT] = count + 1
            row = count
            at = row * width + many
            for k in range(many):
                held[row * width + k] = keys[i * many + k]
            for k in range(kept):
                held[at + k] = numbers[i * kept + k]
            if apart:
                held[at + kept] = 0
        if apart:
            join(row, at + kept, members, i, held, joined, links, seeds, most, apart, state)
    state[AT] = n


@njit(error_model="numpy")
def index(held, width, many, count, seeds, slots):
    """Lead the slots to the first `count` rows."""
    mask = slots.size - 1
    for slot in range(slots.size):
        slots[slot] = 0
    for row in range(count):
        h = hashed(held, row * width, many, seeds)
        slot = h & mask
        while slots[slot] != 0:
            slot = slot + 1 & mask
        slots[slot] = h >> 32 << 32 | row + 1
