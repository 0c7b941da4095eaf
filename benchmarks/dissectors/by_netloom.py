"""Columns by netloom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.dissectors import COLUMNS, main
from netloom.packet.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.kernels.columns import PacketColumns

HALVES = ("src_high", "src_low", "dst_high", "dst_low")
NAMES = (*(name for name in COLUMNS if name not in ("src", "dst")), "version", *HALVES)


def read(path: str) -> PacketColumns:
    with Reading(path) as reading:
        return reading.columns(*NAMES)


def told(columns: PacketColumns) -> Iterator[tuple[object, ...]]:
    from netloom.packet.row import address

    lists = {name: columns[name].tolist() for name in NAMES}
    for n in range(columns.rows):
        row = {name: values[n] for name, values in lists.items()}
        there = row["version"]
        row["src"] = address(row["src_high"], row["src_low"], there) if there else ""
        row["dst"] = address(row["dst_high"], row["dst_low"], there) if there else ""
        row["time"] //= 1000
        yield tuple(row[name] for name in COLUMNS)


main(read, told)
