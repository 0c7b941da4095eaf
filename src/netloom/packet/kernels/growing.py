"""Growing: columns that are filled bit by bit, and the arrays that they are in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels.call import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, LARGEST = 1 << 16, 1 << 22
"""Rows of the first piece that a column is kept in, and of the largest; each is twice the one before it."""


class Columns(Mapping[str, Array]):
    """Named arrays of one length: a mapping, which any data frame library takes as it is."""

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
        """How many rows there are."""
        return len(next(iter(self._arrays.values()))) if self._arrays else 0

    def meanings(self) -> dict[str, Array]:
        """What the numbers of some columns mean: arrays of names, which they count from 0."""
        return {}


class Growing:
    """Pieces that are filled one after the other, and joined at the end. `widths`: NumPy's types by name."""

    def __init__(self, widths: Mapping[str, str]) -> None:
        self._widths = widths
        self._pieces: list[dict[str, Array]] = []
        self._piece: dict[str, Array] = {}
        self._size = 0
        self._used = 0

    def put(self, rows: Mapping[str, Array]) -> None:
        """Add rows: an array for each column, of whatever type, all of one length."""
        total = len(next(iter(rows.values()))) if rows else 0
        done = 0
        while done < total:
            if self._used == self._size:
                self._begin()
            count = min(total - done, self._size - self._used)
            for name, array in self._piece.items():
                np.copyto(array[self._used : self._used + count], rows[name][done : done + count], casting="unsafe")
            self._used += count
            done += count

    def _begin(self) -> None:
        self._size = min(2 * self._size or FIRST, LARGEST)
        self._used = 0
        self._piece = {name: np.empty(self._size, width) for name, width in self._widths.items()}
        self._pieces.append(self._piece)

    def done(self) -> dict[str, Array]:
        """What was put there."""
        joined = {}
        for name, width in self._widths.items():
            pieces = [piece[name] for piece in self._pieces[:-1]]
            pieces.append(self._piece[name][: self._used] if self._piece else np.empty(0, width))
            joined[name] = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
            for piece in self._pieces:
                del piece[name]
        return joined
