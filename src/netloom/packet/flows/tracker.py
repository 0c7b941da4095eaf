"""Track: rows of packets become flows. The kernels' plain twin: what a flow is, is said here.

A flow's two directions are one. Its forward direction is that of its first packet, or the other one where that packet
is the answer to a SYN. A flow is over when it was silent for `idle`, when it has lasted for `active`, or when its
connection is closed and another one begins between the same ports; the next packet then begins a new flow. Time is the
capture's own: the latest that any packet had so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.heads import Head, Heads
from netloom.packet.flows.segments import Segments
from netloom.packet.flows.tracked import ACK, SCTP, SYN, TCP, UDP, Ended, Key, Side, Tracked, key_of
from netloom.packet.row import UNTOLD

if TYPE_CHECKING:
    from netloom.packet.flows.recognise import Recogniser
    from netloom.packet.row import Row

IDLE = 120_000_000_000
ACTIVE = 1_800_000_000_000
"""Nanoseconds after which a flow is over: of silence, and since its first packet."""
LIMIT = 1 << 20
"""Flows that are held at most."""


class _Held:
    """A flow that goes on, and what is needed to go on with it."""

    __slots__ = ("flow", "head", "segments", "spoke")

    def __init__(self, flow: Tracked) -> None:
        self.flow = flow
        self.segments: Segments | None = None
        self.head = Head(flow.key.protocol)
        self.spoke = [False, False]


class Tracker:
    """Holds the flows that go on. Times are nanoseconds.

    `evicted` counts flows that were ended because the table was full; `heads` reads what names them.
    """

    def __init__(
        self, idle: int = IDLE, active: int = ACTIVE, limit: int = LIMIT, recognise: Recogniser | None = None
    ) -> None:
        self.evicted = 0
        self.heads = Heads(recognise)
        self._idle = idle
        self._active = active
        self._limit = limit
        self._flows: dict[Key, _Held] = {}
        self._begun = 0
        self._now = 0
        self._swept = 0

    def add(self, row: Row, payload: bytes) -> list[Ended]:
        """Put a packet into its flow; gives those that ended before it. `payload` are the row's, as captured."""
        time = self._now if row.time == UNTOLD else row.time
        self._now = max(self._now, time)
        ended = self._sweep() if self._now - self._swept > self._idle else []
        if row.version == 0:
            return ended
        held, back, before = self._find(row, time)
        ended += before
        flow = held.flow
        side = flow.backward if back else flow.forward
        flow.last = max(flow.last, time)
        side.packets += 1
        side.bytes += row.length
        in_order = True
        if row.protocol in (TCP, UDP, SCTP):
            side.payload += row.payload_length
        if _tells(row):
            held.segments = held.segments or Segments()
            in_order = held.segments.take(flow, back, row, time)
        if payload and row.protocol in (TCP, UDP) and row.fragment <= 0:
            if not held.spoke[back]:
                held.spoke[back] = True
                self.heads.recognise(held.head, back, payload)
            if in_order:
                self.heads.read(held.head, back, payload, whole=len(payload) >= row.payload_length)
        return ended

    def finish(self) -> list[Ended]:
        """All that are left, when the capture has ended."""
        return self._give_out(list(self._flows.values()), "capture")

    # Flows

    def _find(self, row: Row, time: int) -> tuple[_Held, int, list[Ended]]:
        """A packet's flow, its direction there, and which flows had to end for it."""
        key = key_of(row)
        opens = row.flags & (SYN | ACK) if _tells(row) else 0
        ended: list[Ended] = []
        for back, known in enumerate((key,) if key.one_way else (key, key.turned())):
            held = self._flows.get(known)
            if held is None:
                continue
            if not self._over(held.flow) and not (opens == SYN and held.flow.closed):
                return held, back, ended
            ended += self._give_out([held], "")
            break
        if len(self._flows) >= self._limit:
            ended += self._sweep()
        if len(self._flows) >= self._limit:
            ended += self._evict()
        back = int(opens == SYN | ACK)
        return self._begin(key.turned() if back else key, row, time), back, ended

    def _begin(self, key: Key, row: Row, time: int) -> _Held:
        flow = Tracked(
            key=key,
            number=self._begun,
            first=time,
            last=time,
            vlan=row.vlan,
            tunnels=row.tunnels,
            forward=Side(),
            backward=Side(),
        )
        self._begun += 1
        held = self._flows[key] = _Held(flow)
        return held

    def _over(self, flow: Tracked) -> bool:
        return self._now - flow.last > self._idle or self._now - flow.first > self._active

    def _sweep(self) -> list[Ended]:
        """Give out what is over by time. When that is done changes nothing but when it is heard of."""
        self._swept = self._now
        return self._give_out([held for held in self._flows.values() if self._over(held.flow)], "")

    def _evict(self) -> list[Ended]:
        """Half of a full table, those that have been silent for longest."""
        silent = sorted(self._flows.values(), key=lambda held: (held.flow.last, held.flow.number))
        chosen = silent[: max(1, len(silent) // 2)]
        self.evicted += len(chosen)
        return self._give_out(chosen, "full")

    def _give_out(self, chosen: list[_Held], otherwise: str) -> list[Ended]:
        chosen.sort(key=lambda held: (held.flow.first, held.flow.number))
        for held in chosen:
            del self._flows[held.flow.key]
            self.heads.close(held.head)
            held.flow.app, held.flow.names = held.head.app, held.head.names
        return [Ended(held.flow, self._reason(held.flow) or otherwise) for held in chosen]

    def _reason(self, flow: Tracked) -> str:
        """Why a flow is over; of both time-outs the one that came first, whenever it was noticed."""
        if flow.closed:
            return "closed"
        if not self._over(flow):
            return ""
        return "active" if flow.first + self._active < flow.last + self._idle else "idle"


def _tells(row: Row) -> bool:
    """Whether it is a TCP segment whose header is there: one without any flag is none."""
    return row.protocol == TCP and row.fragment <= 0 and row.flags != 0
