"""Select: of a batch, only the rows that a filter wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels import rows as R
from netloom.packet.kernels.choice import ARPS, LINKS, TRANSPORTS
from netloom.packet.row import columns

if TYPE_CHECKING:
    from netloom.packet.filters.matches import Matcher
    from netloom.packet.kernels.batches import Batch
    from netloom.packet.kernels.call import Array

NUMBERS = {name: number for number, name in enumerate(columns())}
UNSIGNED = frozenset(name for name, kind in columns().items() if kind == "u8")


class BatchView:
    """A batch as filters see it (`matches.View` and a row's names): columns of as many rows as it has."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._rows = batch.table[: batch.size]

    def __getattr__(self, name: str) -> Array:
        column = self._rows[:, NUMBERS[name]]
        return column.view(np.uint64) if name in UNSIGNED else column

    direction = 0
    """Rows don't keep which way a frame passed: see `choice`."""

    def octet(self, base: str, offset: Array | int, size: int) -> tuple[Array, Array]:
        """Octets from where the innermost such header begins, and whether they were captured."""
        place, after = self._rows[:, R.PLACE], self._rows[:, R.PLACE] + self._rows[:, R.PAYLOAD_AT]
        if base in TRANSPORTS:
            begin = self._rows[:, R.TRANSPORT_AT]
            begin = np.where(begin > 0, begin, after)
        else:
            begin = self._rows[:, R.LINK_AT if base in LINKS else R.ARP_AT if base in ARPS else R.NETWORK_AT]
            begin = np.where(begin > 0, begin, place if base == "ether" else after)
        return self._octets(begin + offset, size)

    def _octets(self, at: Array, size: int) -> tuple[Array, Array]:
        end = self._rows[:, R.PLACE] + self._rows[:, R.CAPTURED]
        there = (at >= self._rows[:, R.PLACE]) & (at + size <= end)
        safe = np.where(there, at, 0)
        found = np.zeros(len(at), np.int64)
        for octet in range(size):
            found = found << 8 | np.where(there, self._batch.data[np.where(there, safe + octet, 0)], 0)
        return found, there


def select(batch: Batch, wanted: Matcher) -> Batch:
    """The batch with the rows that are wanted, moved together."""
    view = BatchView(batch)
    kept = np.broadcast_to(wanted.keep(view, view), (batch.size,))
    count = int(np.count_nonzero(kept))
    if count < batch.size:
        batch.table[:count] = batch.table[: batch.size][kept]
    return batch._replace(size=count)


def numbered(batch: Batch, first: int) -> None:
    """Note which of the capture's frames the rows are."""
    batch.table[: batch.size, R.NUMBER] = np.arange(first, first + batch.size)
