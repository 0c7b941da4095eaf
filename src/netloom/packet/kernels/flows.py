"""Flows by the kernels: the same as `packet/flows/tracker.py` says, from batches of rows."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.flows.tracked import Ended, Key, Side, Tracked
from netloom.packet.flows.tracker import ACTIVE, IDLE, LIMIT
from netloom.packet.kernels import rows as R
from netloom.packet.kernels import table as T
from netloom.packet.kernels.call import Array, Call
from netloom.packet.kernels.rows import BATCH, ROW
from netloom.packet.kernels.speech import Payload, Speech

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.flows.heads import Heads
    from netloom.packet.flows.recognise import Recogniser
    from netloom.packet.kernels.batches import Batch

FIRST = 4096
"""Flows that there is room for at the beginning."""
PART = 4096
"""Flows that are given out at a time."""
SLOTS = 2
"""Slots for each flow that there is room for."""

_U64 = (1 << 64) - 1


class FlowTable:
    """Holds the flows that go on. Times are nanoseconds; `limit` bounds flows, and with them memory: 330 octets each.

    `evicted` counts flows that were ended because there was no room for others.
    """

    def __init__(
        self, idle: int = IDLE, active: int = ACTIVE, limit: int = LIMIT, recognise: Recogniser | None = None
    ) -> None:
        self.evicted = 0
        self._limit = max(limit, BATCH)
        self._speech = Speech(recognise)
        self._swept = 0
        self._counters = np.zeros(T.COUNTERS, np.int64)
        self._counters[T.IDLE], self._counters[T.ACTIVE] = idle, active
        self._reasons = np.zeros(BATCH, np.uint8)
        self._ended = np.zeros(BATCH * T.WORDS, np.int64)
        self._notes = np.zeros(BATCH * T.NOTE, np.int64)
        self.numbers = np.zeros(BATCH, np.int64)
        """Of the last batch's rows: 2 * the flow's number, + 1 if backward; -1 for what is in none."""
        # Nobody who doesn't know these can choose addresses that meet in one slot
        self.keys = np.array([secrets.randbits(62) | 1 for _ in range(4)], np.int64)
        self._table = np.zeros(FIRST * T.WORDS, np.int64)
        self._slots = np.zeros(SLOTS * FIRST, np.int64)
        self._judged = np.zeros(FIRST, np.uint8)
        index = {"table": self._table, "slots": self._slots, "keys": self.keys}
        self._index = Call("track.index", **index)
        self._judge = Call("track.judge", table=self._table, reasons=self._judged, counters=self._counters)
        self._part = Call("track.part", reasons=self._judged, counters=self._counters, **index)
        self._track = Call(
            "track.track",
            data=self._speech.octets,
            rows=np.zeros(ROW, np.int64),
            hashes=np.zeros(BATCH, np.int64),
            patterns=self._speech.patterns,
            octets=self._speech.octets,
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

    def add(self, batch: Batch) -> list[Ended]:
        """Put a batch's packets into flows; gives those that ended. The batch's rows were dissected."""
        ended = self._make_room(batch.size)
        self._track.bind("data", batch.data)
        self._track.bind("rows", batch.rows)
        self._counters[T.ENDED] = self._counters[T.NOTED] = 0
        self._track(n=batch.size)
        self._hear(batch)
        over = int(self._counters[T.ENDED])
        if over:
            flows = self._ended[: over * T.WORDS].reshape(-1, T.WORDS)
            ended += [self._made(words, int(reason)) for words, reason in zip(flows, self._reasons, strict=False)]
        if self._counters[T.NOW] - self._swept > self._counters[T.IDLE]:
            ended += self._sweep()
        return ended

    def finish(self) -> list[Ended]:
        """All that are left, when the capture has ended."""
        return [one for part in self.finishing() for one in part]

    def finishing(self) -> Iterator[list[Ended]]:
        """The same in parts, as there may be very many."""
        self._judge(otherwise=T.CAPTURE)
        return self._leaving()

    # Room

    def _make_room(self, more: int) -> list[Ended]:
        """There has to be room for as many flows as a batch has packets."""
        ended: list[Ended] = []
        if self._counters[T.COUNT] + more <= len(self._judged):
            return ended
        if self._counters[T.COUNT] + more > self._limit:
            ended += self._sweep()
        if self._counters[T.COUNT] + more > self._limit:
            ended += self._evict()
        size = len(self._judged)
        while self._counters[T.COUNT] + more > size:
            size *= 2
        if size > len(self._judged):
            self._grow(size)
        return ended

    def _grow(self, size: int) -> None:
        count = int(self._counters[T.COUNT])
        table = np.zeros(size * T.WORDS, np.int64)
        table[: count * T.WORDS] = self._table[: count * T.WORDS]
        self._table, self._slots, self._judged = table, np.zeros(SLOTS * size, np.int64), np.zeros(size, np.uint8)
        for call in (self._index, self._judge, self._part, self._track):
            call.bind("table", self._table)
        for call in (self._index, self._part, self._track):
            call.bind("slots", self._slots)
        for call in (self._judge, self._part):
            call.bind("reasons", self._judged)
        self._index(count=count)

    def _sweep(self) -> list[Ended]:
        """Give out what is over by time. When that is done changes nothing but when it is heard of."""
        self._swept = int(self._counters[T.NOW])
        self._judge(otherwise=T.GOES_ON)
        return self._leave()

    def _evict(self) -> list[Ended]:
        """Half of a full table, those that have been silent for longest."""
        count = int(self._counters[T.COUNT])
        flows = self._table[: count * T.WORDS].reshape(-1, T.WORDS)
        silent = np.lexsort((flows[:, T.SERIAL], flows[:, T.LAST]))[: max(1, count // 2)]
        self._judge(otherwise=T.EVICTED)
        reasons = self._judged[silent]
        self._judged[:count] = T.GOES_ON
        self._judged[silent] = reasons
        self.evicted += len(silent)
        return self._leave()

    def _leave(self) -> list[Ended]:
        return [one for part in self._leaving() for one in part]

    def _leaving(self) -> Iterator[list[Ended]]:
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
            yield [self._made(gone[number], int(reasons[number])) for number in order[start : start + PART]]

    # What is spoken

    def _hear(self, batch: Batch) -> None:
        """Look closer at the payloads that the kernel noted."""
        count = int(self._counters[T.NOTED])
        notes: list[list[int]] = self._notes[: count * T.NOTE].reshape(-1, T.NOTE).tolist()
        for number, place, serial, kind in notes:
            row = number * ROW
            start = int(batch.rows[row + R.PLACE] + batch.rows[row + R.PAYLOAD_AT])
            size = int(batch.rows[row + R.PAYLOAD])
            payload = Payload(
                batch.data[start : start + size].tobytes(),
                int(batch.rows[row + R.PROTOCOL]),
                place & 1,
                whole=size >= int(batch.rows[row + R.PAYLOAD_LENGTH]),
                first=bool(kind & T.OPENS),
                in_order=bool(kind & T.FOLLOWS),
            )
            on = self._speech.hear(serial, payload)
            flow = (place >> 1) * T.WORDS
            if not on and self._table[flow + T.SERIAL] == serial:
                self._table[flow + T.STATE] &= ~T.LOOKING

    def _made(self, words: Array, reason: int) -> Ended:
        """A flow's words as what both trackers give."""
        flow: list[int] = words.tolist()
        app, found = self._speech.told(flow[T.SERIAL], flow[T.APP])
        meta = flow[T.META]
        key = Key(
            meta >> T.VERSION & 15,
            meta >> T.PROTOCOL & 255,
            flow[T.SRC_HIGH] & _U64,
            flow[T.SRC_LOW] & _U64,
            meta & 0xFFFF,
            flow[T.DST_HIGH] & _U64,
            flow[T.DST_LOW] & _U64,
            meta >> T.PORT & 0xFFFF,
            bool(meta >> T.ONE_WAY & 1),
        )
        made = Tracked(
            key=key,
            number=flow[T.SERIAL],
            first=flow[T.FIRST],
            last=flow[T.LAST],
            vlan=flow[T.TAGS] & 0xFFFF,
            tunnels=flow[T.TAGS] >> 16,
            rtt=flow[T.RTT],
            app=app,
            names=found,
            forward=_side(flow, 0),
            backward=_side(flow, 1),
        )
        return Ended(made, T.REASONS[reason])


def _side(flow: list[int], back: int) -> Side:
    return Side(
        packets=flow[T.PACKETS + back],
        bytes=flow[T.BYTES + back],
        payload=flow[T.PAYLOAD + back],
        flags=flow[T.FLAGS] >> 16 * back & 0xFFFF,
        retransmissions=flow[T.RETRANSMISSIONS + back],
        out_of_order=flow[T.OUT_OF_ORDER + back],
        zero_windows=flow[T.ZERO_WINDOWS + back],
        resets=flow[T.RESETS + back],
        gaps=flow[T.GAPS + back],
    )
