"""How well TCP went, from its segments as they passed (RFC 9293 §3.4, RFC 6298 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.tracked import ACK, FIN, RST, SYN

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Tracked
    from netloom.packet.row import Row

REORDERED = 3_000_000
"""Nanoseconds within which a late segment was overtaken rather than sent again, where no round trip was measured."""
DUPLICATES = 2
"""Acknowledgments that are repeated so often ask for a segment again (RFC 5681 §3.2 waits for a third)."""

_HALF, _WHOLE = 1 << 31, 1 << 32


class Segments:
    """Where both directions of a connection stand: index 0 is forward, 1 backward. None: not seen yet."""

    __slots__ = ("_acked", "_advanced", "_answered", "_asked", "_duplicates", "_next", "_window")

    def __init__(self) -> None:
        self._asked: int | None = None
        self._answered = False
        self._next: list[int | None] = [None, None]
        self._advanced = [0, 0]
        self._acked: list[int | None] = [None, None]
        self._window = [0, 0]
        self._duplicates = [0, 0]

    def take(self, flow: Tracked, back: int, row: Row, time: int) -> bool:
        """Count a segment. Whether its octets are the next ones of its direction, or the first."""
        side = flow.backward if back else flow.forward
        side.flags |= row.flags
        if row.flags & RST:
            side.resets += 1
        elif row.window == 0 and not row.flags & (SYN | FIN):
            side.zero_windows += 1
        self._handshake(flow, back, row, time)
        length = row.payload_length + bool(row.flags & SYN) + bool(row.flags & FIN)
        in_order = length > 0 and self._octets(flow, back, row, length, time)
        if row.flags & ACK:
            self._acknowledged(back, row, length)
        return in_order

    def _handshake(self, flow: Tracked, back: int, row: Row, time: int) -> None:
        """From the last SYN to the first acknowledgment of what answered it, wherever between the ends one listens."""
        kind = row.flags & (SYN | ACK)
        if kind == SYN and not back and not self._answered:
            self._asked = time
        elif kind == SYN | ACK and back and self._asked is not None:
            self._answered = True
        elif kind == ACK and not back and self._answered and self._asked is not None and not flow.rtt:
            flow.rtt = time - self._asked

    def _octets(self, flow: Tracked, back: int, row: Row, length: int, time: int) -> bool:
        side = flow.backward if back else flow.forward
        following = (row.seq + length) % _WHOLE
        expected = self._next[back]
        delta = 0 if expected is None else signed(row.seq - expected)
        if expected is None or delta >= 0:
            side.gaps += delta > 0
            self._next[back] = following
            self._advanced[back] = time
            return delta == 0
        keeps_alive = row.payload_length <= 1 and not row.flags & (SYN | FIN | RST) and delta == -1
        if not keeps_alive:
            asked_for = self._duplicates[1 - back] >= DUPLICATES and row.seq == self._acked[1 - back]
            soon = time - self._advanced[back] < (flow.rtt if flow.rtt > 0 else REORDERED)
            if soon and following != expected and not asked_for:
                side.out_of_order += 1
            else:
                side.retransmissions += 1
        if signed(following - expected) > 0:
            self._next[back] = following
            self._advanced[back] = time
        return False

    def _acknowledged(self, back: int, row: Row, length: int) -> None:
        same = row.ack == self._acked[back]
        bare = length == 0 and not row.flags & (SYN | FIN | RST)
        if same and bare and row.window == self._window[back]:
            self._duplicates[back] += 1
        elif not same:
            self._duplicates[back] = 0
        self._acked[back] = row.ack
        self._window[back] = row.window


def signed(difference: int) -> int:
    """How far one sequence number lies behind another (RFC 9293 §3.4)."""
    return (difference + _HALF) % _WHOLE - _HALF
