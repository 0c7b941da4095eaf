"""Sides that take turns, their samples, and ratios of what was measured in the same round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One slice of one side: how much `work` was done (its unit is the table's), in how many seconds.

    `cpu` is the CPU time of the side that is measured alone, in seconds.
    """

    work: float
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Work a second."""
        return self.work / self.wall

    @property
    def thrift(self) -> float:
        """Work a CPU second."""
        return self.work / self.cpu


@dataclass(frozen=True)
class Side:
    """One contender: `measure` does a slice of work and tells what it took."""

    name: str
    measure: Callable[[], Sample]


@dataclass(frozen=True)
class Spread:
    """A median with the smallest and the largest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Raises ValueError for no values at all."""
        found = sorted(values)
        if not found:
            raise ValueError("a median of nothing")
        return cls(statistics.median(found), found[0], found[-1])


Samples = Mapping[str, Sequence[Sample]]


def alternate(sides: Sequence[Side], rounds: int, tell: Callable[[str], None]) -> dict[str, list[Sample]]:
    """A B A B …: in each round every side has one turn, always in the same order."""
    found: dict[str, list[Sample]] = {side.name: [] for side in sides}
    if len(found) != len(sides):
        raise ValueError("two sides have one name")
    for number in range(1, rounds + 1):
        for side in sides:
            tell(f"round {number} of {rounds}: {side.name}")
            found[side.name].append(side.measure())
    return found


def ratios(ours: Sequence[Sample], theirs: Sequence[Sample], what: Callable[[Sample], float]) -> Spread:
    """Ours over theirs, each pair from one round."""
    return Spread.of(what(a) / what(b) for a, b in zip(ours, theirs, strict=True))
