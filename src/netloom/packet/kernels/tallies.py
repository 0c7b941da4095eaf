"""Tallies: sums by keys in arrays: what `packet/summing/bounded.py` holds as values, entry by entry the same."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels import tallied as K
from netloom.packet.kernels.call import Array, Call

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOTS = 2
"""Slots for each row, and links for each member, that there is room for, at least."""


class Tally:
    """Numbers by keys of `words` integers. `kinds` says what is done with each number (see `tallied`).

    There is room for `room` keys; when it is full the lightest half goes, by the sum of the numbers `weight`, or by
    members where it names none. Of members `apart` are told apart for each key, and `most` are held besides the first
    of each. `lost` and `left_out` count the keys and members that were too many.
    """

    def __init__(
        self, words: int, kinds: Sequence[int], weight: Sequence[int], room: int, members: tuple[int, int] = (0, 0)
    ) -> None:
        self.lost = 0
        self._words = words
        self._room = room
        self._most, self._apart = members
        self._width = words + len(kinds) + (K.MEMBER if self._apart else 0)
        self._weight = [words + number for number in weight] or [words + len(kinds)]
        self._state = np.zeros(K.STATE, np.int64)
        # Nobody who doesn't know these can choose keys that meet in one slot
        self._seeds = np.array([secrets.randbits(62) | 1 for _ in range(K.SEEDS)], np.int64)
        self._held = np.zeros(room * self._width, np.int64)
        self._slots = np.zeros(_power(SLOTS * room), np.int64)
        self._joined = np.zeros((self._most + 1) * K.MEMBER, np.int64)
        self._links = np.zeros(_power(SLOTS * self._most), np.int64)
        self._add = Call(
            "tally.add",
            keys=self._state,
            numbers=self._state,
            kinds=np.array(kinds, np.int64),
            members=self._state,
            seeds=self._seeds,
            held=self._held,
            slots=self._slots,
            joined=self._joined,
            links=self._links,
            state=self._state,
        )
        self._index = Call("tally.index", held=self._held, seeds=self._seeds, slots=self._slots)

    @property
    def left_out(self) -> int:
        """Members for which there was no room."""
        return int(self._state[K.LOST])

    @property
    def rows(self) -> Array:
        """What is held, in the order in which it came: a row for each key, over the same memory."""
        rows: Array = self._held[: int(self._state[K.COUNT]) * self._width].reshape(-1, self._width)
        return rows

    def add(self, keys: Array, numbers: Array, members: Array | None = None) -> None:
        """Add entries: each row of `keys` has the numbers, and the member, in the same row."""
        entries = len(keys)
        for name, array in (("keys", keys), ("numbers", numbers), ("members", members)):
            if array is not None:
                self._add.bind(name, np.ascontiguousarray(array, np.int64).reshape(-1))
        self._state[K.AT] = 0
        while True:
            self._add(many=self._words, n=entries, room=self._room, most=self._most, apart=self._apart)
            if self._state[K.AT] == entries:
                return
            self._halve()

    def _halve(self) -> None:
        rows, keep = self.rows, self._room // 2
        weights = rows[:, self._weight].sum(axis=1)
        least = weights.min()
        if np.count_nonzero(weights > least) >= keep:
            least = np.partition(weights, len(rows) - keep)[len(rows) - keep]
        heavier = np.flatnonzero(weights > least)
        kept = np.concatenate([heavier, np.flatnonzero(weights == least)[: keep - len(heavier)]])
        if self._state[K.JOINED]:
            self._leave(kept, len(rows))
        self.lost += len(rows) - len(kept)
        self._held[: len(kept) * self._width] = rows[kept].reshape(-1)
        self._state[K.COUNT] = len(kept)
        self._lead(self._held, self._slots, self._width, self._words, len(kept))

    def _leave(self, kept: Array, count: int) -> None:
        """Members stay with the rows that do."""
        moved = np.full(count, -1, np.int64)
        moved[kept] = np.arange(len(kept))
        joined = self._joined[: int(self._state[K.JOINED]) * K.MEMBER].reshape(-1, K.MEMBER)
        rows = moved[joined[:, 0]]
        stay = np.flatnonzero(rows >= 0)
        members = joined[stay]
        members[:, 0] = rows[stay]
        self._joined[: members.size] = members.reshape(-1)
        self._state[K.JOINED] = len(stay)
        self._lead(self._joined, self._links, K.MEMBER, K.MEMBER, len(stay))

    def _lead(self, held: Array, slots: Array, width: int, words: int, count: int) -> None:
        self._index.bind("held", held)
        self._index.bind("slots", slots)
        self._index(width=width, many=words, count=count)


def _power(least: int) -> int:
    """The power of two that is no less."""
    return 1 << max(least - 1, 1).bit_length()
