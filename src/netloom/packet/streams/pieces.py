"""Octets that came out of order, by where they belong; where two say different things, the first counts."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from msgspec import Struct

OVERHEAD = 128
"""What a piece costs beside its octets."""

_START = attrgetter("start")


class Piece(Struct):
    """Octets, and the place of the first of them."""

    start: int
    data: bytes

    @property
    def end(self) -> int:
        """The place behind the last of them."""
        return self.start + len(self.data)


class Overlap(Struct, frozen=True):
    """What of a piece was there already: how many octets, and how many of them say something else."""

    octets: int
    differing: int


class Pieces:
    """Pieces that don't overlap, sorted. `cost` is what they take of memory."""

    __slots__ = ("_pieces", "cost")

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self.cost = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def first(self) -> int:
        """Where the first one begins."""
        return self._pieces[0].start

    def add(self, start: int, data: bytes) -> Overlap:
        """Keep what isn't there yet. Those that a piece touches become one with it."""
        end = start + len(data)
        low = bisect_right(self._pieces, start, key=_START)
        if low and self._pieces[low - 1].end > start:
            low -= 1
        high = low
        while high < len(self._pieces) and self._pieces[high].start < end:
            high += 1
        touched = self._pieces[low:high]
        if not touched:
            self._pieces.insert(low, Piece(start, data))
            self.cost += len(data) + OVERHEAD
            return Overlap(0, 0)
        first, last = min(start, touched[0].start), max(end, touched[-1].end)
        made = bytearray(last - first)
        made[start - first : end - first] = data
        octets = differing = 0
        for piece in touched:
            low_end, high_end = max(start, piece.start), min(end, piece.end)
            octets += high_end - low_end
            differing += unequal(
                data[low_end - start : high_end - start], piece.data[low_end - piece.start : high_end - piece.start]
            )
            made[piece.start - first : piece.end - first] = piece.data
        self._pieces[low:high] = [Piece(first, bytes(made))]
        self.cost += len(made) - sum(len(piece.data) for piece in touched) - (len(touched) - 1) * OVERHEAD
        return Overlap(octets, differing)

    @property
    def octets(self) -> int:
        """How many there are."""
        return self.cost - OVERHEAD * len(self._pieces)

    def reach(self) -> int:
        """How far octets go on without a gap from the first one."""
        place = self.first
        for piece in self._pieces:
            if piece.start > place:
                break
            place = piece.end
        return place

    def take(self, place: int) -> list[Piece]:
        """Take out those that follow on from a place without a gap."""
        count = 0
        for piece in self._pieces:
            if piece.start > place:
                break
            place = piece.end
            count += 1
        taken = self._pieces[:count]
        del self._pieces[:count]
        self.cost -= sum(len(piece.data) + OVERHEAD for piece in taken)
        return taken

    def clear(self) -> None:
        """Forget them."""
        self._pieces.clear()
        self.cost = 0


def unequal(first: bytes, second: bytes) -> int:
    """In how many places two texts of one length differ."""
    return 0 if first == second else sum(a != b for a, b in zip(first, second, strict=True))
