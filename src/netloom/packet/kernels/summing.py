"""Sums of batches: what `summing/evidence.py` counts a packet at a time, by a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels import passed as P
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.call import Array, Call
from netloom.packet.kernels.rows import BATCH
from netloom.packet.kernels.tallied import ADD
from netloom.packet.kernels.tallies import Tally
from netloom.packet.row import ANOMALIES, UNTOLD, Row, columns
from netloom.packet.summing import closer as C
from netloom.packet.summing.duplicates import APART, SAME, SOON
from netloom.packet.summing.passed import BROADCAST, JUMP, SIZES
from netloom.packet.summing.rates import MOST
from netloom.wire.icmp_words import PROBLEMS_4, PROBLEMS_6

if TYPE_CHECKING:
    from netloom.packet.kernels.batches import Batch
    from netloom.packet.summing.evidence import Evidence

NAMES = tuple(columns())
LEAST, GREATEST = -(1 << 63), (1 << 63) - 1
_LOOKED = [NAMES.index(name) for name in C.LOOKED]
_ADDRESSES = [NAMES.index(name) for name in C.ADDRESSES]
_SAME = np.array([name in SAME for name in NAMES])


class Sums:
    """Counts batches into evidence. What packets are in is there when all were counted: see `finish`."""

    def __init__(self, evidence: Evidence) -> None:
        self._passed = evidence.passed
        self._closer = evidence.closer
        self._stacks = Tally(P.KEY, [ADD] * P.NUMBERS, (1,), evidence.passed.stacks.room)
        self._keys = np.zeros(BATCH * P.KEY, np.int64)
        self._numbers = np.zeros(BATCH * P.NUMBERS, np.int64)
        self._looked = np.zeros(BATCH, np.int64)
        self._jumps = np.zeros(BATCH * P.JUMP, np.int64)
        self._state = np.zeros(P.STATE, np.int64)
        self._state[P.LATEST] = UNTOLD
        self._bins = np.zeros((2, MOST), np.int64)
        # Nobody who doesn't know these can make packets that seem to be the same
        random = np.random.default_rng()
        self._count = Call(
            "passing.count",
            data=np.zeros(1, np.uint8),
            rows=self._keys,
            weights=np.where(_SAME, random.integers(1, 1 << 62, len(NAMES), np.int64) | 1, 0),
            seeds=random.integers(1, 1 << 62, 4, np.int64) | 1,
            edges=np.array(SIZES, np.int64),
            limits=_limits(),
            problems=_problems(),
            methods=np.array([int.from_bytes(method, "big") for method in C.METHODS], np.int64),
            alnum=np.array([octet in C.ALNUM for octet in range(256)], np.uint8),
            keys=self._keys,
            numbers=self._numbers,
            looked=self._looked,
            jumps=self._jumps,
            heads=np.full(P.BUCKETS, -1, np.int64),
            ring=np.zeros(P.RING * P.LINK, np.int64),
            state=self._state,
        )
        self._spread = Call("passing.spread", rows=self._keys, packets=self._bins[0], octets=self._bins[1])

    def add(self, batch: Batch) -> None:
        """Count a batch's rows, which were dissected."""
        if not batch.size:
            return
        state = self._state
        state[: P.NUMBER] = 0
        state[[P.FIRST, P.TWICE_FIRST]], state[[P.LAST, P.TWICE_LAST]] = GREATEST, LEAST
        self._count.bind("data", batch.data)
        self._count.bind("rows", batch.rows)
        self._count(n=batch.size)
        self._stacks.add(
            self._keys[: batch.size * P.KEY].reshape(-1, P.KEY),
            self._numbers[: batch.size * P.NUMBERS].reshape(-1, P.NUMBERS),
        )
        counted: list[int] = state.tolist()
        self._amounts(batch.size, counted)
        if counted[P.FIRST] <= counted[P.LAST]:
            self._times(batch, counted)
        if counted[P.LOOKED]:
            self._look(batch, self._looked[: counted[P.LOOKED]])

    def finish(self) -> None:
        """All were counted."""
        stacks = {
            (link, network, carried): [packets, octets]
            for link, network, carried, packets, octets in self._stacks.rows.tolist()
        }
        self._passed.stacks.fill(stacks, self._stacks.lost)

    def _amounts(self, packets: int, counted: list[int]) -> None:
        passed = self._passed
        passed.packets += packets
        passed.octets += counted[P.OCTETS]
        passed.captured += counted[P.CAPTURED]
        passed.fragments += counted[P.FRAGMENTS]
        passed.broadcasts += counted[P.BROADCASTS]
        for kind in range(len(passed.sizes)):
            passed.sizes[kind] += counted[P.SIZES_AT + kind]
        for bit in ANOMALIES:
            passed.anomalies[bit] += counted[P.ANOMALIES_AT + bit.bit_length() - 1]
        if counted[P.TWICE]:
            passed.duplicates.span.between(counted[P.TWICE_FIRST], counted[P.TWICE_LAST], counted[P.TWICE])

    def _times(self, batch: Batch, counted: list[int]) -> None:
        first, last = counted[P.FIRST], counted[P.LAST]
        passed, bins = self._passed, self._passed.bins
        passed.span(first, last)
        bins.cover(first)
        bins.cover(last)
        least, most = first // bins.width, last // bins.width
        self._bins[:, : most - least + 1] = 0
        self._spread.bind("rows", batch.rows)
        self._spread(n=batch.size, width=bins.width, least=least)
        packets, octets = self._bins[:, : most - least + 1].tolist()
        for number, (count, sum_) in enumerate(zip(packets, octets, strict=True), least):
            if count:
                bins.add(number * bins.width, count, sum_)
        for before, after in self._jumps[: counted[P.JUMPED] * P.JUMP].reshape(-1, P.JUMP).tolist():
            passed.clock.jumped(before, after)
        passed.clock.last = counted[P.LATEST]

    def _look(self, batch: Batch, numbers: Array) -> None:
        """Rows that are interesting become rows of Python, as far as they are looked at."""
        found = batch.table[numbers]
        signed = found[:, _LOOKED].tolist()
        unsigned = found[:, _ADDRESSES].astype(np.uint64).tolist()
        ends = (found[:, R.PLACE] + found[:, R.CAPTURED]).tolist()
        for fields, addresses, place, end in zip(signed, unsigned, found[:, R.PLACE].tolist(), ends, strict=True):
            row = Row(**dict(zip(C.LOOKED, fields, strict=True)), **dict(zip(C.ADDRESSES, addresses, strict=True)))
            self._closer.look(row, batch.data[place:end].tobytes())


def _limits() -> Array:
    limits = np.zeros(10, np.int64)
    limits[P.ARP_TYPE], limits[P.DNS_PORT], limits[P.DNS_HEADER] = C.ARP_TYPE, C.DNS_PORT, C.DNS_HEADER
    limits[P.LINE_LEAST], limits[P.LINE_MOST], limits[P.LINE_END] = C.LINE_LEAST, C.LINE_MOST, C.LINE_END
    limits[P.APART], limits[P.SOON] = APART, SOON
    limits[P.BROADCAST], limits[P.FAR] = BROADCAST, JUMP
    return limits


def _problems() -> Array:
    problems = np.zeros(2 * P.ICMP_TYPES, np.uint8)
    problems[list(PROBLEMS_4)] = 1
    problems[[P.ICMP_TYPES + kind for kind in PROBLEMS_6]] = 1
    return problems
