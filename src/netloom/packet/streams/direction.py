"""One direction of a TCP connection: segments in any order to octets in theirs (RFC 9293 §3.4, §3.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.events import Counts, Data, Event, Finished, Gap
from netloom.packet.streams.pieces import Pieces, unequal

if TYPE_CHECKING:
    from netloom.packet.streams.events import Stream

HELD = 1 << 20
"""Octets of a direction that wait for what is missing before them; each piece costs 128 more."""
COMPARED = 8 * 1024
"""Octets of a direction that are kept to see whether those that come again say the same."""

_HALF, _MASK = 1 << 31, (1 << 32) - 1


class Direction:
    """What one side says. Places are sequence numbers that don't wrap around; what came first counts."""

    def __init__(self, stream: Stream, sender: str, held: int = HELD) -> None:
        self.stream = stream
        self.sender = sender
        self.counts: Counts = stream.counts[sender]
        self.held = Pieces()
        self.finished = False
        self._bound = held
        self._start = self._next = self._acked = 0
        self._end: int | None = None  # where FIN stands
        self._begun = False
        self._gap = (0, 0)  # the last one
        self._recent = bytearray()  # what was given last, up to the next place

    @property
    def begun(self) -> bool:
        """Whether it is known where its octets begin."""
        return self._begun

    def begin(self, seq: int) -> None:
        """Its first octet has this number."""
        self._start = self._next = self._acked = seq
        self._begun = True

    def began_at(self, seq: int) -> bool:
        """Whether its first octet has this number."""
        return self._begun and self._start & _MASK == seq & _MASK

    def expects(self, seq: int) -> bool:
        """Whether what comes next has this number."""
        return self._begun and self._next & _MASK == seq & _MASK

    def _place(self, seq: int) -> int:
        """A number of 32 bits as the place that is nearest to the next one."""
        return self._next + ((seq - self._next + _HALF) & _MASK) - _HALF

    def add(self, seq: int, data: bytes, passed: int, time: int, *, fin: bool) -> list[Event]:
        """A segment: `passed` octets, of which `data` were captured. It gives what can be given now."""
        if not self._begun:
            self.begin(seq)
        place = self._place(seq)
        self.counts.segments += passed > 0
        if fin and self._end is None and place + passed >= self._next:
            self._end = place + passed
        if passed == 1 and place == self._next - 1:
            return []  # a keep-alive, whose octet may be anything (§3.8.4), or the last octet again
        if place < self._next and data:
            again = data[: self._next - place]
            self._compare(place, again)
            data, place = data[len(again) :], place + len(again)
        if self._end is not None and place + len(data) > self._end:
            beyond = place + len(data) - max(place, self._end)
            self.counts.late += beyond
            data = data[: len(data) - beyond]
        if data:
            if place == self._next and not self.held:
                given: list[Event] = [self._give(data, time)]
                return given if self._end is None else given + self.settle(time)
            overlap = self.held.add(place, data)
            self.counts.retransmitted += overlap.octets
            self.counts.differing += overlap.differing
        return self.settle(time) if self.held or self._end is not None else []

    def acknowledge(self, ack: int) -> None:
        """The other side has all before this number."""
        if self._begun:
            self._acked = max(self._acked, self._place(ack))

    def settle(self, time: int) -> list[Event]:
        """Give what is in order; go over gaps that won't be filled."""
        given: list[Event] = []
        while self.held:
            given += [self._give(piece.data, time) for piece in self.held.take(self._next)]
            if not self.held:
                break
            if self._acked >= self.held.first:
                given.append(self._miss(self.held.first, "acknowledged", time))
            elif self.held.cost > self._bound:
                given.append(self._miss(self.held.first, "full", time))
            else:
                break
        end = self._end
        if end is not None and not self.finished and not self.held:
            if self._next < end < self._acked:
                given.append(self._miss(end, "acknowledged", time))
            if self._next == end:
                self.finished = True
                given.append(Finished(self.stream, time, self.sender))
        return given

    def give_up(self, time: int, reason: str) -> list[Event]:
        """Go over the first gap, and give what is behind it."""
        given: list[Event] = [self._miss(self.held.first, reason, time)] if self.held else []
        return given + self.settle(time)

    def close(self, time: int) -> list[Event]:
        """Nothing more comes: give what is left, with its gaps."""
        given: list[Event] = []
        while self.held:
            given += self.give_up(time, "end")
        # Of one octet that was acknowledged and not seen, nobody can tell whether it was FIN
        end = self._end if self._end is not None else self._acked if self._acked - self._next > 1 else self._next
        if self._begun and not self.finished and end > self._next:
            given.append(self._miss(end, "end", time))
            given += self.settle(time)
        self._recent.clear()
        return given

    def _give(self, data: bytes, time: int) -> Event:
        offset = self._next - self._start
        self._next += len(data)
        self.counts.octets += len(data)
        if len(data) >= COMPARED:
            self._recent[:] = data[-COMPARED:]
        else:
            self._recent += data
            if len(self._recent) > 2 * COMPARED:
                del self._recent[:-COMPARED]
        return Data(self.stream, time, self.sender, offset, data)

    def _miss(self, end: int, reason: str, time: int) -> Event:
        start, self._gap, self._next = self._next, (self._next, end), end
        self.counts.missing += end - start
        self._recent.clear()
        return Gap(self.stream, time, self.sender, start - self._start, end - start, reason)

    def _compare(self, place: int, again: bytes) -> None:
        """Count octets that came before: as retransmitted, or as late where they were given up."""
        end = place + len(again)
        late = max(0, min(end, self._gap[1]) - max(place, self._gap[0]))
        self.counts.late += late
        self.counts.retransmitted += len(again) - late
        kept = self._next - len(self._recent)
        low = max(place, kept)
        if low < end:
            self.counts.differing += unequal(again[low - place :], bytes(self._recent[low - kept : end - kept]))
