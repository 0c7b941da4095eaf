"""Growing: columns that are filled bit by bit, and the arrays that they are in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels.call import Array
from netloom.packet.kernels.memory import grown, private

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 1 << 16
"""Rows that a column has room for at first: twice as many each time that it grows."""


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
    """Columns that are filled row by row. `widths`: NumPy's types by name.

    Each has memory of its own, which the system moves instead of copying it when it has to grow.
    """

    def __init__(self, widths: Mapping[str, str]) -> None:
        self._columns = {name: _Column(width) for name, width in widths.items()}
        self.used = 0
        """Rows so far."""
        self._room = FIRST

    def put(self, rows: Mapping[str, Array]) -> None:
        """Add rows: an array for each column, of whatever type, all of one length."""
        count = len(next(iter(rows.values()))) if rows else 0
        first = self.used
        self.add(count)
        for name, column in self._columns.items():
            np.copyto(column.part(first, count), rows[name], casting="unsafe")

    def add(self, count: int) -> bool:
        """Add so many rows for somebody who fills them; whether columns were moved for it."""
        self.used += count
        room = self._room
        while self.used > room:
            room *= 2
        if room == self._room:
            return False
        self._room = room
        for column in self._columns.values():
            column.grow(room)
        return True

    def places(self) -> list[int]:
        """The address of each column's first row. They are right until columns are moved."""
        return [column.address for column in self._columns.values()]

    def done(self) -> dict[str, Array]:
        """What was put there."""
        return {name: column.part(0, self.used) for name, column in self._columns.items()}


class _Column:
    """Memory of one column, which nobody holds on to while it grows."""

    def __init__(self, width: str) -> None:
        self._kind = np.dtype(width)
        self._memory = private(FIRST * self._kind.itemsize)

    def grow(self, room: int) -> None:
        self._memory = grown(self._memory, room * self._kind.itemsize)

    def part(self, first: int, count: int) -> Array:
        """Rows of it."""
        return np.frombuffer(self._memory, self._kind, count, first * self._kind.itemsize)

    @property
    def address(self) -> int:
        return self.part(0, 1).ctypes.data
