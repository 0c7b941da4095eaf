"""Captures that tables read: made once in a run, by a process of its own, and read once so that they are in memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from benchmarks.memory import read_once
from benchmarks.programs import CLIENT, Missing
from benchmarks.traffic import Facts

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.programs import Worker

SPARE = 1 << 30
"""Octets that stay free on the disk."""
LARGEST = 420
"""Octets of a packet on average, at most, with its record's head."""


@dataclass(frozen=True)
class Capture:
    """A pcap file, and what is known to be in it."""

    path: Path
    facts: Facts

    @property
    def shown(self) -> str:
        size = self.path.stat().st_size
        unit, many = ("GB", 1e9) if size >= 1e9 else ("MB", 1e6) if size >= 1e6 else ("KB", 1e3)
        return f"{self.facts.packets:,} packets in {self.facts.flows:,} flows, {size / many:.3g} {unit}"


class Captures:
    """Makes them for one table. What a table before it has made is taken again."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._maker: Worker | None = None

    def get(self, packets: int, flows: int, *, small: bool = False) -> Capture:
        """Of the mixed or the small kind; the same every time. Raises Missing where there is no room for it."""
        place = self._bench.kept / f"{'small' if small else 'mixed'}-{packets}.pcap"
        told = place.with_suffix(".json")
        if not told.exists():
            room_for(place, packets)
            facts = self._made(place, packets, flows, small)
            told.write_bytes(msgspec.json.encode(facts))
        self._bench.tell("reading it once, so that it is in memory")
        read_once(place)
        return Capture(place, msgspec.json.decode(told.read_bytes(), type=Facts))

    def _made(self, place: Path, packets: int, flows: int, small: bool) -> Facts:
        self._bench.tell(f"making a capture of {packets:,} packets")
        if self._maker is None:
            self._maker = self._bench.worker("traffic", CLIENT)
        self._maker.begin(place=str(place), packets=packets, flows=flows, small=small)
        while "done" in (said := self._maker.hear()):
            self._bench.tell(f"making a capture: {said['done']:,} of {packets:,} packets")
        return msgspec.convert(said, Facts)


def room_for(place: Path, packets: int) -> None:
    """Raises Missing unless there is."""
    free, needed = shutil.disk_usage(place.parent).free, packets * LARGEST + SPARE
    if free < needed:
        raise Missing(f"{place.parent} has {free >> 20:,} MB free, and a capture needs {needed >> 20:,}")
