"""Pairing: packets of two captures that are one, while both are read in the order of time."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from netloom.packet.comparing.keys import Key, Known
    from netloom.packet.frame import Frame

WAITING = 100_000
"""Packets of a capture that wait for the other's at a time."""
OCTETS = 64 * 1024 * 1024
"""Octets of them."""
_LOOKED = 64
"""Packets with the same key that are looked at for the one with the same payload."""


class Waiting:
    """A packet that the other capture hasn't had yet."""

    __slots__ = ("frame", "known", "number", "paired", "time")

    def __init__(self, number: int, time: int, frame: Frame, known: Known) -> None:
        self.number = number
        self.time = time
        self.frame = frame
        self.known = known
        self.paired = False


class Pair(NamedTuple):
    """A packet of the first capture, and what became of it in the second; None on a side that doesn't have it."""

    first: Waiting | None
    second: Waiting | None


class _Side:
    """Those of one capture that wait, by time and by key."""

    def __init__(self) -> None:
        self.queue: deque[Waiting] = deque()
        self._exact: dict[Key, deque[Waiting]] = {}
        self._loose: dict[Key, deque[Waiting]] = {}
        self._octets = 0

    @property
    def full(self) -> bool:
        """Whether no more may wait."""
        return len(self.queue) > WAITING or self._octets > OCTETS

    def put(self, packet: Waiting) -> None:
        """Let a packet wait."""
        self.queue.append(packet)
        self._octets += len(packet.frame.data)
        self._exact.setdefault(packet.known.exact, deque()).append(packet)
        if packet.known.loose is not None:
            self._loose.setdefault(packet.known.loose, deque()).append(packet)

    def exact(self, known: Known) -> Waiting | None:
        """The first with the same key: with the same payload, if there is one."""
        free = [packet for packet in self._first(self._exact, known.exact) if not packet.paired]
        same = (packet for packet in free if None not in (packet.known.digest, known.digest))
        best = next((packet for packet in same if packet.known.digest == known.digest), None)
        return best or next((packet for packet in free if None in (packet.known.digest, known.digest)), None)

    def loose(self, known: Known) -> Waiting | None:
        """The first that has gone the same way, whatever its payload."""
        if known.loose is None:
            return None
        return next((packet for packet in self._first(self._loose, known.loose) if not packet.paired), None)

    def _first(self, table: dict[Key, deque[Waiting]], key: Key) -> list[Waiting]:
        queue = table.get(key)
        if queue is None:
            return []
        _clean(table, key)
        return [queue[at] for at in range(min(_LOOKED, len(queue)))]

    def pop(self) -> Waiting:
        """The one that has waited longest, which nobody finds any more."""
        packet = self.queue.popleft()
        self._octets -= len(packet.frame.data)
        found, packet.paired = packet.paired, True
        _clean(self._exact, packet.known.exact)
        if packet.known.loose is not None:
            _clean(self._loose, packet.known.loose)
        packet.paired = found
        return packet


def _clean(table: dict[Key, deque[Waiting]], key: Key) -> None:
    """Forget those at a queue's beginning that have been found."""
    queue = table.get(key)
    while queue and queue[0].paired:
        queue.popleft()
    if queue is not None and not queue:
        del table[key]


class Pairing:
    """Takes packets of both sides by time, and gives pairs, each when it is clear.

    A packet waits for `window` nanoseconds, then for its like with another payload among those that still wait.
    `early` counts those that had to go sooner, `reordered` pairs that the second has before one which the first has
    before them.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._sides = _Side(), _Side()
        self.early = 0
        self.reordered = 0
        self._order: list[tuple[int, int, int]] = []
        self._highest = 0

    def add(self, side: int, packet: Waiting, now: int) -> list[Pair]:
        """The next packet of a side, 0 or 1; what is clear then."""
        found = self._expire(now)
        like = self._sides[1 - side].exact(packet.known)
        if like is None:
            self._sides[side].put(packet)
        else:
            found.append(self._pair(packet, like, side))
        return found

    def finish(self) -> list[Pair]:
        """No more come: what is left."""
        found = [self._leave(side) for side in (0, 1) for _ in range(len(self._sides[side].queue))]
        self._release(None)
        return [pair for pair in found if pair is not None]

    def _expire(self, now: int) -> list[Pair]:
        found = []
        for number, side in enumerate(self._sides):
            while side.queue and (side.full or side.queue[0].paired or side.queue[0].time < now - self._window):
                self.early += not side.queue[0].paired and side.queue[0].time >= now - self._window
                pair = self._leave(number)
                if pair is not None:
                    found.append(pair)
        self._release(now)
        return found

    def _leave(self, number: int) -> Pair | None:
        packet = self._sides[number].pop()
        if packet.paired:
            return None
        like = self._sides[1 - number].loose(packet.known)
        if like is not None:
            return self._pair(packet, like, number)
        return Pair(packet, None) if number == 0 else Pair(None, packet)

    def _pair(self, packet: Waiting, like: Waiting, side: int) -> Pair:
        packet.paired = like.paired = True
        first, second = (packet, like) if side == 0 else (like, packet)
        heappush(self._order, (first.number, second.number, max(first.time, second.time)))
        return Pair(first, second)

    def _release(self, now: int | None) -> None:
        """Pairs by the first's order, those that no later one comes before."""
        order = self._order
        while order and (now is None or len(order) > WAITING or order[0][2] < now - 2 * self._window):
            _, second, _ = heappop(order)
            self.reordered += second < self._highest
            self._highest = max(self._highest, second)
