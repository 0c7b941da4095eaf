"""A TCP connection as it was seen: both directions, how it began and how it ended (RFC 9293 §3.5, §3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.direction import HELD, Direction
from netloom.packet.streams.events import CLIENT, OTHER, SERVER, Closed, Event, Opened, Reset

if TYPE_CHECKING:
    from netloom.packet.row import Row
    from netloom.packet.streams.events import Stream

FIN, SYN, RST, ACK = 1, 2, 4, 16


class Connection:
    """Both directions. What comes after a RST is taken all the same: it may have been somebody else's."""

    def __init__(self, stream: Stream, held: int = HELD) -> None:
        self.stream = stream
        self.sides = {side: Direction(stream, side, held) for side in (CLIENT, SERVER)}
        self._opened = False
        self._reset: set[str] = set()

    @property
    def over(self) -> bool:
        """Whether both sides have finished, or one has broken it off."""
        return bool(self._reset) or all(side.finished for side in self.sides.values())

    def begins_anew(self, row: Row, sender: str) -> bool:
        """Whether a packet of these places is the first of another connection."""
        side = self.sides[sender]
        return row.flags & (SYN | ACK) == SYN and side.begun and not side.began_at(row.seq + 1)

    def add(self, row: Row, payload: bytes, sender: str, time: int) -> list[Event]:
        """A packet of one side."""
        given: list[Event] = []
        flags, seq = row.flags, row.seq
        own, other = self.sides[sender], self.sides[OTHER[sender]]
        if not self._opened:
            self._opened = True
            given.append(Opened(self.stream, time))
        if flags & SYN:
            self.stream.whole = True
            seq += 1
            if flags & ACK and not other.begun:
                other.begin(row.ack)
        if flags & RST:
            if sender not in self._reset:
                self._reset.add(sender)
                given.append(Reset(self.stream, time, sender))
            return given  # what it carries is for people (RFC 9293 §3.5.3), and no part of the stream
        given += own.add(seq, payload, row.payload_length, time, fin=bool(flags & FIN))
        if flags & ACK:
            other.acknowledge(row.ack)
            if other.held or not other.finished:
                given += other.settle(time)
        return given

    def close(self, time: int, reason: str) -> list[Event]:
        """Nothing more comes."""
        return [*self.sides[CLIENT].close(time), *self.sides[SERVER].close(time), Closed(self.stream, time, reason)]
