"""Durations, counted by their first three digits: a few thousand numbers whatever comes."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from netloom.packet.summing.record import Class, Times

if TYPE_CHECKING:
    from collections.abc import Mapping

_NANO = 1_000_000_000
FIRST = 15_625
"""Nanoseconds of the first class; from there on each is twice the one before it: 15.6 µs, 31 µs, … 1 s, …"""


class Durations:
    """Takes nanoseconds."""

    def __init__(self) -> None:
        self.count = 0
        self._by: dict[int, int] = {}

    def add(self, nanoseconds: int) -> None:
        """Count one; below nothing is nothing."""
        value = rounded(max(nanoseconds, 0))
        self._by[value] = self._by.get(value, 0) + 1
        self.count += 1

    def take(self, counts: Mapping[int, int]) -> None:
        """Take durations that were counted elsewhere, to three digits."""
        for value, count in counts.items():
            self._by[value] = self._by.get(value, 0) + count
            self.count += count

    def quantile(self, share: float) -> int:
        """The nanoseconds that so many of all don't exceed."""
        wanted = max(1, math.ceil(share * self.count))
        values = sorted(self._by)
        sums = accumulate(self._by[value] for value in values)
        found: int = next(value for value, total in zip(values, sums, strict=True) if total >= wanted)
        return found

    def above(self, nanoseconds: int) -> int:
        """How many are longer."""
        return sum(count for value, count in self._by.items() if value > nanoseconds)

    def record(self) -> Times:
        """What they come to."""
        if not self.count:
            return Times()
        return Times(
            count=self.count,
            median=self.quantile(0.5) / _NANO,
            p90=self.quantile(0.9) / _NANO,
            p99=self.quantile(0.99) / _NANO,
            most=max(self._by) / _NANO,
            classes=self._classes(),
        )

    def _classes(self) -> tuple[Class, ...]:
        """From the first that has any to the last."""
        found: dict[int, int] = {}
        for value, count in self._by.items():
            number = 0 if value < FIRST else (value // FIRST).bit_length()
            found[number] = found.get(number, 0) + count
        return tuple(
            Class(least=_edge(number - 1) / _NANO, most=_edge(number) / _NANO, count=found.get(number, 0))
            for number in range(min(found), max(found) + 1)
        )


def _edge(number: int) -> int:
    return FIRST << number if number >= 0 else 0


def rounded(value: int) -> int:
    """To three digits."""
    unit: int = 10 ** max(0, len(str(value)) - 3)
    return (value + unit // 2) // unit * unit
