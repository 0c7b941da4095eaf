"""Programs that read the same columns out of a capture, each with its own library: `python -m … FILE [OUT]`.

OUT, where it is given, gets a line a packet, in the same words from all.
"""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COLUMNS = ("time", "length", "vlan", "src", "dst", "protocol", "ttl", "src_port", "dst_port", "flags", "window")
"""Time in microseconds, addresses as text in the end; 0 or nothing where a packet has none."""
NUMBERS = {"time": "q", "length": "I", "vlan": "H", "protocol": "B", "ttl": "B"} | dict.fromkeys(COLUMNS[7:], "H")


class Kept:
    """Columns that grow: numbers as an array of their width, addresses as a list of what the library gives."""

    def __init__(self) -> None:
        self.columns: list[Any] = [array(NUMBERS[name]) if name in NUMBERS else [] for name in COLUMNS]
        self._grow = [column.append for column in self.columns]

    def add(self, packet: tuple[object, ...]) -> None:
        """One packet's values, in order."""
        for grow, value in zip(self._grow, packet, strict=True):
            grow(value)


def main(read: Callable[[str], Any], told: Callable[[Any], Iterable[tuple[object, ...]]]) -> None:
    """Read the columns; `told` gives them packet by packet, for OUT."""
    columns = read(sys.argv[1])
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text("".join(line(packet) for packet in told(columns)), encoding="ascii")


def line(packet: tuple[object, ...]) -> str:
    """A packet's values in words that are the same for all."""
    return "\t".join(map(str, packet)) + "\n"
