"""Memory that is at hand before a side's turn.

A virtual machine's memory is its host's until it is first written to, and again some seconds after it was given back:
nobody's turn is to pay for that.
"""

from __future__ import annotations

import mmap

AT_HAND = 768 << 20
"""Octets that no side of a table takes more of, unless the table says so."""
AT_HAND_SHOWN = (
    f"Before each run {AT_HAND >> 20} MB of memory are taken and given back: the host of a virtual machine may take "
    "what has been free for a while, and whoever comes next would wait for it."
)


def take_and_give_back(octets: int = AT_HAND) -> None:
    """See to it that so much is at hand."""
    pages = -(-octets // mmap.PAGESIZE)
    with mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory[:: mmap.PAGESIZE] = bytes(pages)
