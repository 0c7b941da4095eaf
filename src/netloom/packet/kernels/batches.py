"""Batches: a capture's frames as rows, some thousands at a time, beside the octets that they were read to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

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
    MORE,
    MULTIPLIER,
    OFFSET,
    SHIFT,
    SNAP,
    STATUS,
)
from netloom.packet.kernels.memory import aligned
from netloom.packet.kernels.rows import BATCH, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.captures import Capture, Part
    from netloom.packet.captures.blocks import Interface

CHUNK = 1 << 20
"""Octets that are read at a time: enough that a call costs little, and they stay in the processor's caches."""


class Batch(NamedTuple):
    """Rows of `size` frames, whose octets are in `data`. Both are overwritten by the next batch.

    `hashed` are the keys that the rows were hashed with, if they were.
    """

    size: int
    data: Array
    rows: Array
    hashed: Array | None = None

    @property
    def table(self) -> Array:
        """The rows as a table, over the same memory."""
        return self.rows.reshape(-1, ROW)


class Buffer:
    """Octets that were read. `users` are the batches of it that somebody still looks at, and who reads on."""

    def __init__(self) -> None:
        self.data = np.zeros(2 * CHUNK, np.uint8)
        self.users = 1


class Buffers(Protocol):
    """Where octets are read to."""

    def next(self, buffer: Buffer | None) -> Buffer:
        """What to read to after a buffer whose last octets begin it: the same, if nobody looks at it any more."""

    def leave(self, buffer: Buffer) -> None:
        """Look at a buffer no more."""


class InPlace:
    """One buffer, read to again and again: nobody looks at a batch when the next one is asked for."""

    def next(self, buffer: Buffer | None) -> Buffer:
        return buffer or Buffer()

    def leave(self, buffer: Buffer) -> None:
        """It stays where it is."""


class Octets:
    """Octets of a source, a buffer's at a time. What isn't used up moves to the next one's beginning."""

    def __init__(self, part: Part, buffers: Buffers) -> None:
        self.at = 0
        self.end = 0
        self._source = part.source
        self._buffers = buffers
        self.buffer = buffers.next(None)

    @property
    def data(self) -> Array:
        return self.buffer.data

    @property
    def view(self) -> memoryview:
        return self.buffer.data.data

    def more(self) -> bool:
        """Read on; whether there was anything."""
        old, left = self.buffer, self.end - self.at
        self.buffer = self._buffers.next(old)
        size = len(self.data)
        while left > size - CHUNK:  # one block fills it; as blocks are bounded, so is what it grows to
            size *= 2
        data = self.data if size == len(self.data) else np.zeros(size, np.uint8)
        data[:left] = old.data[self.at : self.end]
        self.buffer.data = data
        if old is not self.buffer:
            self._buffers.leave(old)
        self.at, self.end = 0, left
        count = self._source.read_into(self.view[left : left + CHUNK])
        self.end += count
        return count > 0

    def close(self) -> None:
        """Read no more."""
        self._buffers.leave(self.buffer)


class Walker:
    """Walks through one part of a capture; blocks that hold no frame are read by the part's own reader."""

    def __init__(self, part: Part, buffers: Buffers) -> None:
        self._part = part
        self._reader = part.reader
        self._octets = Octets(part, buffers)
        self._dry = False
        self._state = np.zeros(3, np.int64)
        self._clocks = np.zeros(CLOCK, np.int64)
        self._known: list[Interface] = []
        self._count = 0
        arrays = {"data": self._octets.data, "rows": self._state, "state": self._state}
        if self._reader.kind == "pcap":
            self._call = Call("walk.pcap", **arrays)
        else:
            self._call = Call("walk.pcapng", clocks=self._clocks, **arrays)

    @property
    def buffer(self) -> Buffer:
        """What the last rows are about."""
        return self._octets.buffer

    def close(self) -> None:
        """Walk no more."""
        self._octets.close()

    def walk(self, rows: Array) -> int:
        """Fill rows with the frames that follow, and tell how many; 0 at the end, or where it is damaged."""
        self._call.bind("rows", rows)
        try:
            return self._walked()
        except Damaged as error:
            self._part.damaged(error)
            return 0

    def _walked(self) -> int:
        octets = self._octets
        while True:
            if self._dry and not octets.more():
                self._part.ended(octets.end - octets.at)
                return 0
            size, status = self._frames() if self._reader.interfaces else (0, BLOCK)
            self._dry = status == MORE
            if size:
                self._part.frames += size
                return size
            if status == BLOCK:
                read = self._reader.block(octets.view, octets.at, octets.end)
                if read is None:
                    self._dry = True
                else:
                    octets.at = read[1]

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
    rows = aligned(BATCH * ROW)
    for part in capture.parts():
        if part.note is not None:
            continue
        walker = Walker(part, InPlace())
        while size := walker.walk(rows):
            yield Batch(size, walker.buffer.data, rows)


class Dissector:
    """Fills in what the headers of a batch's frames say; with keys, hashes them for whoever puts them into flows."""

    def __init__(self, keys: Array | None = None) -> None:
        self._call = Call("dissect.dissect", data=np.zeros(0, np.uint8), rows=np.zeros(0, np.int64))
        self._hashed = None if keys is None else Hasher(keys)

    def __call__(self, batch: Batch) -> Batch:
        self._call.bind("data", batch.data)
        self._call.bind("rows", batch.rows)
        self._call(n=batch.size)
        return batch if self._hashed is None else self._hashed(batch)


class Hasher:
    """Hashes a batch's rows by keys, unless that was done."""

    def __init__(self, keys: Array) -> None:
        self._keys = keys
        self._call = Call("track.hash", rows=np.zeros(0, np.int64), keys=keys)

    def __call__(self, batch: Batch) -> Batch:
        if batch.hashed is self._keys:
            return batch
        self._call.bind("rows", batch.rows)
        self._call(n=batch.size)
        return batch._replace(hashed=self._keys)
