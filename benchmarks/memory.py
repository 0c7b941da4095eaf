"""Memory that is at hand before a side's turn, and files that are in it.

A virtual machine's memory is its host's until it is first written to, again some seconds after it was given back, and
for all that it looks like where nobody has looked at it for a while: nobody's turn is to pay for that.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

READ = 1 << 20
AT_HAND = 768 << 20
"""Octets that no side of a table takes more of, unless the table says so."""
AT_HAND_SHOWN = (
    f"Before each run {AT_HAND >> 20} MB of memory are taken and given back, and the file that is going to be read is "
    "read once: the host of a virtual machine may take what hasn't been used for a while, and whoever comes next would "
    "wait for it."
)


def take_and_give_back(octets: int = AT_HAND) -> None:
    """See to it that so much is at hand."""
    pages = -(-octets // mmap.PAGESIZE)
    with mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory[:: mmap.PAGESIZE] = bytes(pages)


def read_once(path: Path) -> None:
    """See to it that a file is in memory."""
    part = bytearray(READ)
    with path.open("rb", buffering=0) as file:
        while file.readinto(part):
            pass
