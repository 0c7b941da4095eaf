"""Whole processes beside each other: how long each takes for a capture, and what it has in memory at most."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import Sample, Samples, Side, Spread, alternate, ratios
from benchmarks.memory import read_once, take_and_give_back
from benchmarks.programs import CLIENT, SERVER
from benchmarks.report import Grid, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.bench import Bench

ONE, ALL = [CLIENT], sorted({CLIENT, SERVER})
"""The cores that a process may use."""


def netloom() -> list[str]:
    """The command as it is installed, or else its module."""
    script = Path(sys.executable).with_name("netloom")
    return [str(script)] if script.exists() else [sys.executable, "-m", "netloom"]


@dataclass(frozen=True)
class Contender:
    """A program with its arguments; `packets` are in the capture that it reads, and `output` is where its words go.

    `reads` is what has to be in memory before.
    """

    name: str
    command: Sequence[str]
    packets: int
    output: str = os.devnull
    reads: Path | None = None

    @property
    def shown(self) -> str:
        """The command line, without what is the machine's own."""
        return " ".join(Path(word).name if word.startswith("/") else word for word in self.command)


class Race:
    """Runs contenders in turns."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._memory: dict[str, int] = defaultdict(int)
        self._worker = bench.worker("whole", CLIENT)

    def run(self, contender: Contender, cores: Sequence[int]) -> Sample:
        """Once. AssertionError unless it says that all went well."""
        if contender.reads is not None:
            read_once(contender.reads)
        take_and_give_back()
        told = self._worker.ask(command=list(contender.command), output=contender.output, cores=list(cores))
        if told["status"]:
            raise AssertionError(f"{contender.shown} ended with {told['status']}")
        self._memory[contender.name] = max(self._memory[contender.name], told["memory"])
        return Sample(contender.packets, told["wall"], told["cpu"])

    def held(self, contenders: Sequence[Contender], cores: Sequence[int], rounds: int) -> Held:
        """So many rounds."""
        self._memory.clear()
        sides = [Side(one.name, partial(self.run, one, cores)) for one in contenders]
        found = alternate(sides, rounds, self._bench.tell)
        return Held(found, dict(self._memory))


class Held(NamedTuple):
    """What came of it, and what each had resident at most, in octets."""

    found: Samples
    memory: Mapping[str, int]

    def over(self, ours: str, other: str) -> Spread:
        """How many times as quick as the other we are."""
        return ratios(self.found[ours], self.found[other], lambda s: s.rate)

    def grid(self, ours: str, caption: str) -> Grid:
        """The quickest first."""
        head = ("side", f"{ours} over it", "packets/s", "seconds", "CPU, µs a packet", "resident at most, MB")
        order = sorted(self.found, key=lambda name: -Spread.of(s.rate for s in self.found[name]).median)
        return Grid(head, [self._row(name, ours) for name in order], caption)

    def _row(self, name: str, ours: str) -> tuple[str, ...]:
        samples = self.found[name]
        return (
            name,
            "1" if name == ours else spread(self.over(ours, name)),
            spread(Spread.of(s.rate for s in samples)),
            spread(Spread.of(s.wall for s in samples)),
            spread(Spread.of(s.cpu / s.work * 1e6 for s in samples)),
            f"{self.memory[name] / 1e6:,.0f}",
        )
