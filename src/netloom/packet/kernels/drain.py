"""Drain: what rings have handed over, by kernels and many blocks at a time: into files, or straight into flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels import ringstate as S
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.batches import Batch, Dissector
from netloom.packet.kernels.call import Call
from netloom.packet.kernels.gone import made
from netloom.packet.kernels.layout import AT, COUNT
from netloom.packet.kernels.memory import aligned
from netloom.packet.kernels.rows import BATCH, ROW
from netloom.packet.live.compose import Composed
from netloom.packet.live.draining import ALL, Plain
from netloom.packet.live.flowing import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netloom.packet.flowing import Ending
    from netloom.packet.flows.tracked import Ended
    from netloom.packet.kernels.flows import FlowTable
    from netloom.packet.live.blocks import Blocks

ROOM = 1 << 18
"""Octets that are written at a time: enough that a system call costs little, and they stay in the second cache."""
RECORD = 16
"""Octets of a pcap record's header."""


class Drained:
    """The same as `draining.Plain` gives, and several blocks at once."""

    def __init__(self, ring: Blocks, kind: str, number: int = 0, room: int = ROOM) -> None:
        self._ring = ring
        self._plain = Plain(ring, kind, number)
        self._state = np.zeros(S.WORDS, np.int64)
        self._out = np.zeros(max(room, ring.size), np.uint8)
        memory = np.frombuffer(ring.memory, np.uint8)
        self._drain: Call | None = Call("ring.drain", data=memory, out=self._out, state=self._state)
        form = S.PCAP if kind == "pcap" else S.PCAPNG
        # What doesn't change is told once: no packet is asked for yet
        self._drain(size=ring.size, link=ring.link_type, snap=ring.snap, form=form, number=number, most=0, blocks=0)

    def take(self, most: int = ALL, blocks: int = ALL) -> Composed | None:
        if self._drain is None:
            return None
        state = self._state
        state[S.NEXT] = self._ring.next_block
        self._drain(most=most, blocks=blocks)
        self._ring.next_block = int(state[S.NEXT])
        if not state[S.COUNT]:
            return self._plain.take(most) if state[S.STATUS] == S.ODD else None
        size, packets, octets, first, last = state[S.SIZE : S.LAST + 1].tolist()
        return Composed(self._out.data[:size], packets, octets, first, last)

    def close(self) -> None:
        self._drain = None


class Walked:
    """A ring's packets as rows, which are walked through as those of a capture file."""

    def __init__(self, ring: Blocks, number: int, room: int = ROOM) -> None:
        self._drained = Drained(ring, "pcap", room=room)
        self._number = number
        self._rows = aligned(BATCH * ROW)
        self._state = np.zeros(3, np.int64)
        self._walk = Call("walk.pcap", data=np.zeros(1, np.uint8), rows=self._rows, state=self._state)
        self._fixed = {"swapped": 1, "nanoseconds": 1, "head": RECORD, "link": ring.link_type}

    def take(self, most: int) -> Composed | None:
        """Some of what was handed over, for `batches`."""
        return self._drained.take(most)

    def batches(self, composed: Composed) -> Iterator[Batch]:
        """The rows of what was just taken, which are overwritten by the next ones."""
        data = np.frombuffer(composed.data, np.uint8)
        self._walk.bind("data", data)
        at, end = 0, len(data)
        while at < end:
            self._walk(at=at, end=end, limit=end, **self._fixed)
            at, size = int(self._state[AT]), int(self._state[COUNT])
            batch = Batch(size, data, self._rows)
            batch.table[:size, R.INTERFACE] = self._number
            yield batch

    def close(self) -> None:
        """Let go of the ring's memory; again does nothing."""
        self._drained.close()


class Tracked:
    """The same as `live.flowing.Plain` gives."""

    def __init__(self, rings: Sequence[Blocks], ending: Ending) -> None:
        self._walked = [Walked(ring, number) for number, ring in enumerate(rings)]
        self._dissect = Dissector()
        self._table = ending.table()

    @property
    def tracker(self) -> FlowTable:
        return self._table

    def take(self, ring: int, most: int) -> Taken | None:
        composed = self._walked[ring].take(most)
        if composed is None:
            return None
        ended: list[Ended] = []
        for batch in self._walked[ring].batches(composed):
            for block in self._table.add(self._dissect(batch)):
                ended += made(block)
        return Taken(composed.packets, composed.octets, composed.first_ns, composed.last_ns, ended)

    def finish(self) -> Iterator[list[Ended]]:
        for block in self._table.finish():
            yield made(block)

    def close(self) -> None:
        for one in self._walked:
            one.close()
