"""Columns of packets: one row a packet, as NumPy arrays of the widths that `Row` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.errors import UsageError
from netloom.packet.kernels.call import Call
from netloom.packet.kernels.growing import Columns, Growing
from netloom.packet.kernels.tasks import ADDRESS, OCTETS, TASK, WORD
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
        kinds = {name: WIDTHS[name] for name in names}
        self._growing = Growing(kinds)
        self._tasks = np.zeros((len(kinds), TASK), np.int64)
        self._tasks[:, WORD] = [NUMBERS[name] for name in kinds]
        self._tasks[:, OCTETS] = [np.dtype(kind).itemsize for kind in kinds.values()]
        self._tasks[:, ADDRESS] = self._growing.places()
        self._call = Call("transpose.take", rows=np.zeros(0, np.int64), tasks=self._tasks.reshape(-1))

    def take(self, batch: Batch) -> None:
        """Take a batch's rows into every column."""
        first = self._growing.used
        if self._growing.add(batch.size):
            self._tasks[:, ADDRESS] = self._growing.places()
        self._call.bind("rows", batch.rows)
        self._call(n=batch.size, first=first)

    def done(self) -> PacketColumns:
        """What was collected."""
        return PacketColumns(self._growing.done())


def columns(batches: Iterable[Batch], names: Sequence[str] = ()) -> PacketColumns:
    """Dissected batches as columns: those that are named, or all. UsageError for one that there isn't."""
    collected = Collected(names or list(WIDTHS))
    for batch in batches:
        collected.take(batch)
    return collected.done()
