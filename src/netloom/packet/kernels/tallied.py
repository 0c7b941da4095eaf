"""How the tally kernel keeps sums: a row of 64-bit integers for each key, and slots that lead to them by hash.

A row is a key's words, its numbers, and where members are counted how many there are and the words of the first one.
Members besides each row's first are rows of their own: whose, and which.
"""

from __future__ import annotations

ADD, LEAST, MOST, EARLIEST, BESIDE = range(5)
"""What is done with a number: it is added, or the least or the most stays. EARLIEST stays with the number beside it, of
pairs the least."""

COUNT, JOINED, LOST, AT = range(4)
"""In `state`: rows held, members held besides the first, members for which there was no room, entries done."""
STATE = 4
MEMBER = 3
"""Words of a member: its row, and two of its own."""
SEEDS = 8
"""Words that hashes begin with: one more than a key has at most, and some."""
