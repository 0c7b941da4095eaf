"""Flows by the kernels: the same as `packet/flows/tracker.py` says, from batches of rows."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.flows.tracker import ACTIVE, IDLE, LIMIT
from netloom.packet.kernels import rows as R
from netloom.packet.kernels import table as T
from netloom.packet.kernels.batches import Hasher
from netloom.packet.kernels.call import Call
from netloom.packet.kernels.gone import Block
from netloom.packet.kernels.memory import aligned, reserved
from netloom.packet.kernels.rows import BATCH, ROW
from netloom.packet.kernels.speech import Payload, Speech

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.flows.heads import Heads
    from netloom.packet.flows.recognise import Recogniser
    from netloom.packet.kernels.batches import Batch
    from netloom.packet.kernels.call import Array

FIRST = 4096
"""Flows that slots lead to at the beginning."""
PART = 1024
"""Flows that are given out at a time: they stay in the processor's second cache."""
SLOTS = 2
"""Slots for each flow."""
_HEARD = np.array([R.PLACE, R.PAYLOAD_AT, R.PAYLOAD, R.PAYLOAD_LENGTH, R.PROTOCOL])


class FlowTable:
    """Holds the flows that go on. Times are nanoseconds; `limit` bounds flows, and with them memory: 266 octets each.

    `evicted` counts flows that were ended because there was no room for others.
    """

    def __init__(
        self, idle: int = IDLE, active: int = ACTIVE, limit: int = LIMIT, recognise: Recogniser | None = None
    ) -> None:
        self.evicted = 0
        self._limit = max(limit, BATCH)
        self._speech = Speech(recognise)
        self._swept = 0
        shared = self._speech.shared
        self._counters = shared.counters
        self._counters[T.IDLE], self._counters[T.ACTIVE] = idle, active
        self._reasons = np.zeros(2 * BATCH, np.uint8)
        self._ended = aligned(2 * BATCH * T.WORDS)
        self._notes = np.zeros(BATCH * T.NOTE, np.int64)
        self.numbers = np.zeros(BATCH, np.int64)
        """Of the last batch's rows: 2 * the flow's number, + 1 if backward; -1 for what is in none."""
        # Nobody who doesn't know these can choose addresses that meet in one slot
        self.keys = np.array([secrets.randbits(62) | 1 for _ in range(4)], np.int64)
        # Memory is taken when a flow first needs it; until then only addresses are
        self._table = reserved(self._limit * T.WORDS)
        self._judged = np.zeros(self._limit, np.uint8)
        self._slots = np.zeros(SLOTS * FIRST, np.int64)
        index = {"table": self._table, "slots": self._slots, "keys": self.keys}
        self._index = Call("track.index", **index)
        self._judge = Call("track.judge", table=self._table, reasons=self._judged, counters=self._counters)
        self._part = Call("track.part", reasons=self._judged, counters=self._counters, **index)
        self._hashed = Hasher(self.keys)
        self._track = Call(
            "track.track",
            data=self._speech.patterns.octets,
            rows=np.zeros(ROW, np.int64),
            patterns=self._speech.patterns.words,
            near=self._speech.patterns.near,
            octets=self._speech.patterns.octets,
            out=shared.out,
            found=shared.found,
            arena=shared.arena,
            names=shared.names,
            places=shared.places,
            ended=self._ended,
            reasons=self._reasons,
            notes=self._notes,
            numbers=self.numbers,
            counters=self._counters,
            **index,
        )

    @property
    def heads(self) -> Heads:
        """Reads what names flows."""
        return self._speech.heads

    @property
    def names(self) -> int:
        """Names that flows have shared so far: each is read closely once."""
        return int(self._counters[T.NAMES])

    def add(self, batch: Batch, *, prompt: bool = True) -> list[Block]:
        """Put a batch's packets into flows; gives those that ended, at once if `prompt`, or else when they are many.

        The batch's rows were dissected.
        """
        gone = self._make_room(batch.size)
        self._track.bind("data", batch.data)
        self._track.bind("rows", batch.rows)
        self._counters[T.NOTED] = 0
        self._hashed(batch)
        self._track(n=batch.size)
        self._hear(batch)
        if prompt or self._counters[T.ENDED] > BATCH:
            gone += self._over()
        if self._counters[T.NOW] - self._swept > self._counters[T.IDLE]:
            gone += self._sweep()
        return gone

    def finish(self) -> Iterator[Block]:
        """All that are left, when the capture has ended: in parts, as there may be very many."""
        yield from self._over()
        self._judge(otherwise=T.CAPTURE)
        yield from self._leaving()

    def _over(self) -> list[Block]:
        """Those that a later packet has shown to be over."""
        over = int(self._counters[T.ENDED])
        if not over:
            return []
        self._counters[T.ENDED] = 0
        return [self._told(self._ended[: over * T.WORDS].reshape(-1, T.WORDS).copy(), self._reasons[:over])]

    def _told(self, words: Array, reasons: Array) -> Block:
        apps, names = self._speech.told(words)
        return Block(words, reasons.copy(), apps, self._speech.spoken, names)

    # Room

    def _make_room(self, more: int) -> list[Block]:
        """There has to be room for as many flows as a batch has packets."""
        gone: list[Block] = []
        if self._counters[T.COUNT] + more > self._limit:
            gone += self._sweep()
        if self._counters[T.COUNT] + more > self._limit:
            gone += self._evict()
        wanted = SLOTS * (int(self._counters[T.COUNT]) + more)
        if wanted > len(self._slots):
            self._lead(1 << (wanted - 1).bit_length())
        return gone

    def _lead(self, size: int) -> None:
        """Lead more slots to the flows."""
        self._slots = np.zeros(size, np.int64)
        for call in (self._index, self._part, self._track):
            call.bind("slots", self._slots)
        self._index(count=int(self._counters[T.COUNT]))

    def _sweep(self) -> list[Block]:
        """Give out what is over by time. When that is done changes nothing but when it is heard of."""
        self._swept = int(self._counters[T.NOW])
        gone = self._over()
        self._judge(otherwise=T.GOES_ON)
        return gone + list(self._leaving())

    def _evict(self) -> list[Block]:
        """Half of a full table, those that have been silent for longest."""
        count = int(self._counters[T.COUNT])
        flows = self._table[: count * T.WORDS].reshape(-1, T.WORDS)
        silent = np.lexsort((flows[:, T.SERIAL], flows[:, T.LAST]))[: max(1, count // 2)]
        self._judge(otherwise=T.EVICTED)
        reasons = self._judged[silent]
        self._judged[:count] = T.GOES_ON
        self._judged[silent] = reasons
        self.evicted += len(silent)
        return list(self._leaving())

    def _leaving(self) -> Iterator[Block]:
        """Give out the flows that were judged not to go on, the oldest first."""
        count = int(self._counters[T.COUNT])
        if not (self._judged[:count] != T.GOES_ON).any():
            return
        self._part()
        kept = int(self._counters[T.COUNT])
        gone = self._table[kept * T.WORDS : count * T.WORDS].reshape(-1, T.WORDS)
        reasons = self._judged[kept:count]
        order = np.lexsort((gone[:, T.SERIAL], gone[:, T.FIRST]))
        for start in range(0, len(order), PART):
            numbers = order[start : start + PART]
            yield self._told(gone[numbers], reasons[numbers])

    # What is spoken

    def _hear(self, batch: Batch) -> None:
        """Look closer at the payloads that the kernel noted."""
        count = int(self._counters[T.NOTED])
        if not count:
            return
        notes = self._notes[: count * T.NOTE].reshape(-1, T.NOTE)
        heard: list[list[int]] = batch.table[notes[:, :1], _HEARD].tolist()
        for note, (at, behind, size, passed, protocol) in zip(notes.tolist(), heard, strict=True):
            _, place, serial, kind, tags, flags = note
            start = at + behind
            payload = Payload(
                batch.data[start : start + size].tobytes(),
                protocol,
                place & 1,
                whole=size >= passed,
                first=bool(kind & T.OPENS),
                in_order=bool(kind & T.FOLLOWS),
                tags=tags,
                flags=flags,
            )
            on = self._speech.hear(serial, payload)
            flow = (place >> 1) * T.WORDS
            if not on and self._table[flow + T.SERIAL] == serial:
                self._table[flow + T.STATE] &= ~T.LOOKING
