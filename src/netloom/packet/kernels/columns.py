"""Columns of packets: one row a packet, as NumPy arrays of the widths that `Row` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.kernels.growing import Columns, Growing
from netloom.packet.row import columns as widths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netloom.packet.kernels.batches import Batch
    from netloom.packet.kernels.call import Array

WIDTHS = widths()
NUMBERS = {name: number for number, name in enumerate(WIDTHS)}


class PacketColumns(Columns):
    """Packets as arrays."""

    @property
    def times(self) -> Array:
        """The time of each packet as NumPy's datetime64[ns], over the same memory; NaT where it isn't told."""
        return self["time"].view("datetime64[ns]")


class Collected:
    """Columns of packets that grow batch by batch: those that are named. UsageError for one that there isn't."""

    def __init__(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in WIDTHS:
                raise UsageError(f"there is no column {name!r}", hint=f"columns: {', '.join(WIDTHS)}")
        self._names = list(names)
        self._growing = Growing({name: WIDTHS[name] for name in names})

    def take(self, batch: Batch) -> None:
        """Take a batch's rows into every column."""
        rows = batch.table[: batch.size]
        self._growing.put({name: rows[:, NUMBERS[name]] for name in self._names})

    def done(self) -> PacketColumns:
        """What was collected."""
        return PacketColumns(self._growing.done())


def columns(batches: Iterable[Batch], names: Sequence[str] = ()) -> PacketColumns:
    """Dissected batches as columns: those that are named, or all. UsageError for one that there isn't."""
    collected = Collected(names or list(WIDTHS))
    for batch in batches:
        collected.take(batch)
    return collected.done()
