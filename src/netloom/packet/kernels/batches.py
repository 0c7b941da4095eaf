"""Batches: a capture's frames as rows, some thousands at a time, beside the octets that they were read to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netloom.packet.captures.blocks import Damaged
from netloom.packet.captures.pcap import PcapReader
from netloom.packet.kernels.call import Array, Call
from netloom.packet.kernels.layout import (
    AT,
    BLOCK,
    CLOCK,
    COUNT,
    DIVISOR,
    LINK,
    MULTIPLIER,
    OFFSET,
    SHIFT,
    SNAP,
    STATUS,
)
from netloom.packet.kernels.rows import BATCH, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.captures import Capture, Part
    from netloom.packet.captures.blocks import Interface

CHUNK = 1 << 19
"""Octets that are read at a time: they stay in the processor's second cache until they are dissected."""


class Batch(NamedTuple):
    """Rows of `size` frames, whose octets are in `data`. Both are overwritten by the next batch."""

    size: int
    data: Array
    rows: Array

    @property
    def table(self) -> Array:
        """The rows as a table, over the same memory."""
        return self.rows.reshape(-1, ROW)


class Octets:
    """A buffer over a source. What isn't used up moves to its beginning before more is read."""

    def __init__(self, part: Part) -> None:
        self.data = np.zeros(2 * CHUNK, np.uint8)
        self.at = 0
        self.end = 0
        self._source = part.source

    @property
    def view(self) -> memoryview:
        return self.data.data

    def more(self) -> bool:
        """Read on; whether there was anything."""
        left = self.end - self.at
        if left > len(self.data) - CHUNK:  # one block fills it; as blocks are bounded, so is what it grows to
            grown = np.zeros(2 * len(self.data), np.uint8)
            grown[:left] = self.data[self.at : self.end]
            self.data = grown
        elif self.at:
            self.data[:left] = self.data[self.at : self.end]
        self.at, self.end = 0, left
        count = self._source.read_into(self.view[left : left + CHUNK])
        self.end += count
        return count > 0


class Walker:
    """Walks through one part of a capture; blocks that hold no frame are read by the part's own reader."""

    def __init__(self, part: Part, rows: Array) -> None:
        self._part = part
        self._reader = part.reader
        self._octets = Octets(part)
        self._state = np.zeros(3, np.int64)
        self._clocks = np.zeros(CLOCK, np.int64)
        self._known: list[Interface] = []
        self._count = 0
        arrays = {"data": self._octets.data, "rows": rows, "state": self._state}
        if self._reader.kind == "pcap":
            self._call = Call("walk.pcap", **arrays)
        else:
            self._call = Call("walk.pcapng", clocks=self._clocks, **arrays)

    @property
    def data(self) -> Array:
        return self._octets.data

    def walk(self) -> int:
        """Fill rows with the frames that follow, and tell how many; 0 at the end, or where it is damaged."""
        try:
            return self._walked()
        except Damaged as error:
            self._part.damaged(error)
            return 0

    def _walked(self) -> int:
        octets = self._octets
        while True:
            size, status = self._frames() if self._reader.interfaces else (0, BLOCK)
            if size:
                self._part.frames += size
                return size
            if status == BLOCK:
                read = self._reader.block(octets.view, octets.at, octets.end)
                if read is not None:
                    octets.at = read[1]
                    continue
            if not octets.more():
                self._part.ended(octets.end - octets.at)
                return 0

    def _frames(self) -> tuple[int, int]:
        reader, octets = self._reader, self._octets
        self._call.bind("data", octets.data)
        numbers = {"at": octets.at, "end": octets.end, "swapped": int(reader.order == "<"), "limit": reader.limit}
        if isinstance(reader, PcapReader):
            only = reader.interfaces[0]
            numbers |= {
                "nanoseconds": 1_000_000_000 // only.ticks,
                "head": reader.head,
                "link": only.link_type,
            }
        else:
            numbers["interfaces"] = self._tell_clocks(reader.interfaces)
        self._call(**numbers)
        octets.at = int(self._state[AT])
        return int(self._state[COUNT]), int(self._state[STATUS])

    def _tell_clocks(self, interfaces: list[Interface]) -> int:
        """Note the interfaces that are new since the last time; a new section begins anew."""
        if interfaces is not self._known:
            self._known = interfaces
            self._count = 0
        while self._count < len(interfaces):
            if (self._count + 1) * CLOCK > len(self._clocks):
                self._clocks = np.concatenate([self._clocks, np.zeros_like(self._clocks)])
                self._call.bind("clocks", self._clocks)
            self._clocks[self._count * CLOCK : (self._count + 1) * CLOCK] = clock(interfaces[self._count])
            self._count += 1
        return self._count


def clock(interface: Interface) -> list[int]:
    """An interface as `walk.pcapng` wants it."""
    words = [0] * CLOCK
    ticks, offset = interface.ticks, interface.offset * 1_000_000_000
    words[LINK] = interface.link_type
    words[SNAP] = interface.snap
    if ticks & (ticks - 1) == 0:
        words[SHIFT] = ticks.bit_length() - 1
    words[MULTIPLIER] = 1_000_000_000 // ticks or (1 if ticks < 1 << 92 else 0)
    words[DIVISOR] = max(1, ticks // 1_000_000_000) if ticks < 1 << 92 else 1
    if abs(offset) < 1 << 63:
        words[OFFSET] = offset
    else:
        words[DIVISOR] = 0
    return words


def batches(capture: Capture) -> Iterator[Batch]:
    """All frames of a capture, with what the walk tells of them; `dissect` tells the rest."""
    rows = np.zeros(BATCH * ROW, np.int64)
    for part in capture.parts():
        if part.note is not None:
            continue
        walker = Walker(part, rows)
        while size := walker.walk():
            yield Batch(size, walker.data, rows)


class Dissector:
    """Fills in what the headers of a batch's frames say."""

    def __init__(self) -> None:
        self._call: Call | None = None

    def __call__(self, batch: Batch) -> Batch:
        if self._call is None:
            self._call = Call("dissect.dissect", data=batch.data, rows=batch.rows)
        self._call.bind("data", batch.data)
        self._call.bind("rows", batch.rows)
        self._call(n=batch.size)
        return batch
