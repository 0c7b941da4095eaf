"""Sums of batches: what `summing/evidence.py` counts a packet at a time, by NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels import rows as R
from netloom.packet.row import ANOMALIES, UNTOLD, Row, columns
from netloom.packet.summing import closer as C
from netloom.packet.summing.duplicates import APART, AROUND, SAME, SOON
from netloom.packet.summing.passed import BROADCAST, JUMP, SIZES
from netloom.wire.icmp_words import PROBLEMS_4, PROBLEMS_6

if TYPE_CHECKING:
    from netloom.packet.kernels.batches import Batch
    from netloom.packet.kernels.call import Array
    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.passed import Passed

NAMES = tuple(columns())
UNSIGNED = tuple(number for number, kind in enumerate(columns().values()) if kind == "u8")
_SAME = np.array([name in SAME for name in NAMES])
_MASKS = np.array([(1 << 8 * octets) - 1 for octets in range(8)] + [-1], np.int64)
_METHODS = np.array([int.from_bytes(method, "big") for method in C.METHODS], np.int64)
_ALNUM = np.array([octet in C.ALNUM for octet in range(256)])
_U64 = (1 << 64) - 1


class Sums:
    """Counts batches into evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._passed: Passed = evidence.passed
        self._closer = evidence.closer
        self._twice = Twice(evidence.passed)

    def add(self, batch: Batch) -> None:
        """Count a batch's rows, which were dissected."""
        rows = batch.table[: batch.size]
        if not batch.size:
            return
        self._amounts(rows)
        self._kinds(rows)
        self._times(rows)
        self._twice.add(rows, batch.data)
        self._look(rows, batch.data)

    def _amounts(self, rows: Array) -> None:
        passed, lengths = self._passed, rows[:, R.LENGTH]
        passed.packets += len(rows)
        passed.octets += int(lengths.sum())
        passed.captured += int(rows[:, R.CAPTURED].sum())
        sizes = np.bincount(np.searchsorted(SIZES, lengths, side="left"), minlength=len(SIZES) + 1)
        passed.sizes = [before + more for before, more in zip(passed.sizes, sizes.tolist(), strict=True)]
        passed.fragments += int((rows[:, R.FRAGMENT] >= 0).sum())
        passed.broadcasts += int((rows[:, R.DST_MAC] == BROADCAST).sum())
        anomalies = rows[:, R.ANOMALY]
        if anomalies.any():
            for bit in ANOMALIES:
                passed.anomalies[bit] += int((anomalies & bit > 0).sum())

    def _kinds(self, rows: Array) -> None:
        """Stacks, in the order in which they come, so that the same are kept where there are too many."""
        versions = rows[:, R.VERSION]
        stacks = (
            rows[:, R.LINK] << 24
            | np.where(versions > 0, versions, rows[:, R.ETHERTYPE]) << 8
            | np.where(versions > 0, rows[:, R.PROTOCOL], 0)
        )
        found, at, which = np.unique(stacks, return_index=True, return_inverse=True)
        packets = np.bincount(which)
        octets = np.bincount(which, rows[:, R.LENGTH]).astype(np.int64)
        for number in np.argsort(at):
            stack = int(found[number])
            held = self._passed.stacks[stack >> 24, stack >> 8 & 0xFFFF, stack & 255]
            held[0] += int(packets[number])
            held[1] += int(octets[number])

    def _times(self, rows: Array) -> None:
        told = rows[rows[:, R.TIME] != UNTOLD]
        if not len(told):
            return
        passed, times = self._passed, told[:, R.TIME]
        first, last = int(times.min()), int(times.max())
        passed.span(first, last)
        bins = passed.bins
        bins.cover(first)
        bins.cover(last)
        found, which = np.unique(times // bins.width, return_inverse=True)
        packets = np.bincount(which).tolist()
        octets = np.bincount(which, told[:, R.LENGTH]).tolist()
        for number, count, sum_ in zip(found.tolist(), packets, octets, strict=True):
            bins.add(number * bins.width, count, int(sum_))
        self._clock(times)

    def _clock(self, times: Array) -> None:
        clock = self._passed.clock
        if clock.last != UNTOLD and clock.last - int(times[0]) > JUMP:
            clock.jumped(clock.last, int(times[0]))
        # A jump is backward: where a difference of 64 bits overflows, floating point tells which way it was
        back = times[1:].astype(np.float64) - times[:-1].astype(np.float64)
        for number in np.flatnonzero(back < -JUMP / 2).tolist():
            before, after = int(times[number]), int(times[number + 1])
            if before - after > JUMP:
                clock.jumped(before, after)
        clock.last = int(times[-1])

    def _look(self, rows: Array, data: Array) -> None:
        """Rows that are interesting become rows of Python."""
        for number in np.flatnonzero(interesting(rows, data)).tolist():
            values = rows[number].tolist()
            for place in UNSIGNED:
                values[place] &= _U64
            row = Row(**dict(zip(NAMES, values, strict=False)))
            frame = data[values[R.PLACE] : values[R.PLACE] + values[R.CAPTURED]].tobytes()
            self._closer.look(row, frame)


def interesting(rows: Array, data: Array) -> Array:
    """Which rows are to be looked at: the same as `closer.interesting` says."""
    ip, protocols, payloads = rows[:, R.VERSION] > 0, rows[:, R.PROTOCOL], rows[:, R.PAYLOAD]
    whole = ip & (rows[:, R.FRAGMENT] <= 0)
    found: Array = ~ip & (rows[:, R.ETHERTYPE] == C.ARP_TYPE)
    asked = (rows[:, R.SRC_PORT] == C.DNS_PORT) | (rows[:, R.DST_PORT] == C.DNS_PORT)
    found |= whole & (protocols == 17) & asked & (payloads >= C.DNS_HEADER)
    for protocol, kinds in ((1, PROBLEMS_4), (58, PROBLEMS_6)):
        found |= whole & (protocols == protocol) & np.isin(rows[:, R.ICMP_TYPE], kinds)
    lines = np.flatnonzero(whole & (protocols == 6) & (payloads >= C.LINE_LEAST))
    if len(lines):
        start = rows[lines, R.PLACE] + rows[lines, R.PAYLOAD_AT]
        first = sum(data[start + octet].astype(np.int64) << 24 - 8 * octet for octet in range(4))
        sizes = payloads[lines]
        text = (sizes <= C.LINE_MOST) & (data[start + sizes - 1] == C.LINE_END) & _ALNUM[data[start]]
        found[lines] = text | np.isin(first, _METHODS)
    return found


class Twice:
    """Finds packets that are there twice, as `summing/duplicates.py` says, by a hash of what has to be equal."""

    def __init__(self, passed: Passed) -> None:
        self._span = passed.duplicates.span
        random = np.random.default_rng()
        self._weights = np.where(_SAME, random.integers(1, 1 << 62, len(NAMES), np.int64) | 1, 0)
        self._words = random.integers(1, 1 << 62, 3, np.int64) | 1
        self._hashes = np.empty(0, np.int64)
        self._times = np.empty(0, np.int64)

    def add(self, rows: Array, data: Array) -> None:
        """Look for a batch's rows among those just before each of them."""
        hashes = np.concatenate([self._hashes, self._hashed(rows, data)])
        times = np.concatenate([self._times, rows[:, R.TIME]])
        fresh = len(self._hashes)
        order = np.argsort(hashes, kind="stable")
        same = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
        before, after = order[same], order[same + 1]
        near = (after >= fresh) & (after - before <= APART) & (times[after] != UNTOLD) & (times[before] != UNTOLD)
        before, after = before[near], after[near]
        apart = times[after] - times[before]  # what overflows is below 0
        found = times[after[(apart >= 0) & (apart <= SOON)]]
        if len(found):
            self._span.between(int(found.min()), int(found.max()), len(found))
        self._hashes, self._times = hashes[-APART:], times[-APART:]

    def _hashed(self, rows: Array, data: Array) -> Array:
        place, at = rows[:, R.PLACE], rows[:, R.PLACE] + rows[:, R.PAYLOAD_AT]
        end = place + rows[:, R.CAPTURED]
        mixed: Array = rows[:, : len(self._weights)] @ self._weights
        for weight, begin, most in zip(self._words, (at - AROUND, at, end - AROUND), (at, end, end), strict=True):
            mixed += _scrambled(_word(data, np.maximum(begin, place), most)) * weight
        return mixed


def _word(data: Array, begin: Array, end: Array) -> Array:
    """The up to eight octets from one place on, as numbers."""
    words = np.ndarray((len(data) - 7,), np.int64, data, 0, (1,))
    there = np.clip(end - begin, 0, 8)
    last = np.minimum(begin, len(words) - 1)
    made: Array = np.where(there == 8, words[last], words[last] >> 8 * (begin - last) & _MASKS[there])
    return made


def _scrambled(words: Array) -> Array:
    """Words whose bits depend on all bits of what they were (as MurmurHash3 does at its end)."""
    words = words ^ words >> 33
    words = words * np.int64(-49064778989728563)
    mixed: Array = words ^ words >> 29
    return mixed
