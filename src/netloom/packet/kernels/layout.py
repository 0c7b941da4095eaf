"""How kernels and those who call them share memory: arrays, their types, and what stands where."""

from __future__ import annotations

# What a walk leaves in `state`
AT, COUNT, STATUS = 0, 1, 2
FULL, MORE, BLOCK = 0, 1, 2
"""Why it stopped: all rows are used, more octets are needed, or a block is no sound frame."""

# An interface in a table of clocks: what its frames start with, and how ticks become nanoseconds; with a divisor of 0
# they become none
LINK, SNAP, MULTIPLIER, DIVISOR, SHIFT, OFFSET = range(6)
CLOCK = 6
UNTOLD = -(1 << 63)
