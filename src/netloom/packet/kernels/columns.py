"""Columns: one row a packet, as NumPy arrays of the widths that `Row` tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from netloom.errors import UsageError
from netloom.packet.kernels.call import Array
from netloom.packet.row import columns as widths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from netloom.packet.kernels.batches import Batch

WIDTHS = widths()
NUMBERS = {name: number for number, name in enumerate(WIDTHS)}
FIRST, LARGEST = 1 << 16, 1 << 22
"""Rows of the first piece that a column is kept in, and of the largest; each is twice the one before it."""


class Columns(Mapping[str, Array]):
    """Packets as named arrays of one length: a mapping, which any data frame library takes as it is."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __getattr__(self, name: str) -> Array:
        try:
            return self._arrays[name]
        except KeyError:
            raise AttributeError(f"there is no column {name!r} here") from None

    @property
    def rows(self) -> int:
        """How many packets there are."""
        return len(next(iter(self._arrays.values()))) if self._arrays else 0

    @property
    def times(self) -> Array:
        """The time of each packet as NumPy's datetime64[ns], over the same memory; NaT where it isn't told."""
        return self._arrays["time"].view("datetime64[ns]")


class Collected:
    """Columns that grow: pieces that are filled one after the other, and joined at the end."""

    def __init__(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in WIDTHS:
                raise UsageError(f"there is no column {name!r}", hint=f"columns: {', '.join(WIDTHS)}")
        self._names = list(names)
        self._pieces: list[dict[str, Array]] = []
        self._piece: dict[str, Array] = {}
        self._size = 0
        self._used = 0

    def take(self, batch: Batch) -> None:
        """Take a batch's rows into every column."""
        rows = batch.table[: batch.size]
        done = 0
        while done < len(rows):
            if self._used == self._size:
                self._begin()
            count = min(len(rows) - done, self._size - self._used)
            for name, array in self._piece.items():
                np.copyto(
                    array[self._used : self._used + count], rows[done : done + count, NUMBERS[name]], casting="unsafe"
                )
            self._used += count
            done += count

    def _begin(self) -> None:
        self._size = min(2 * self._size or FIRST, LARGEST)
        self._used = 0
        self._piece = {name: np.empty(self._size, WIDTHS[name]) for name in self._names}
        self._pieces.append(self._piece)

    def done(self) -> Columns:
        """What was collected."""
        joined = {}
        for name in self._names:
            pieces = [piece[name] for piece in self._pieces[:-1]]
            pieces.append(self._piece[name][: self._used] if self._piece else np.empty(0, WIDTHS[name]))
            joined[name] = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
            for piece in self._pieces:
                del piece[name]
        return Columns(joined)


def columns(batches: Iterable[Batch], names: Sequence[str] = ()) -> Columns:
    """Dissected batches as columns: those that are named, or all. UsageError for one that there isn't."""
    collected = Collected(names or list(WIDTHS))
    for batch in batches:
        collected.take(batch)
    return collected.done()
