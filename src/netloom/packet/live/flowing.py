"""Flowing: rings straight into flows, by compiled kernels or in plain Python, in a thread of its own."""

from __future__ import annotations

import contextlib
import queue
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from netloom.packet.dissect import dissect
from netloom.packet.live.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netloom.packet.flowing import Ending
    from netloom.packet.flows.tracked import Ended
    from netloom.packet.flows.tracker import Tracker
    from netloom.packet.kernels.flows import FlowTable
    from netloom.packet.live.blocks import Blocks
    from netloom.packet.live.ring import Ring

AHEAD = 64
"""Lists of flows that wait to be taken. Where nobody takes them packets wait in the ring, and then are dropped."""
PART = 1024
"""Flows of a list at the end."""
_LOOK = 0.1


class Taken(NamedTuple):
    """Packets that were taken out of a ring, their octets, the first and last one's time, and flows that then ended."""

    packets: int
    octets: int
    first_ns: int
    last_ns: int
    ended: list[Ended]


class Tracking(Protocol):
    """Puts what rings have handed over into flows."""

    @property
    def tracker(self) -> Tracker | FlowTable:
        """Tells what bounds have cost."""

    def take(self, ring: int, most: int) -> Taken | None:
        """Some of what that ring has, at most so many packets; None where there is nothing."""

    def finish(self) -> Iterator[list[Ended]]:
        """All flows that are left."""

    def close(self) -> None:
        """Let go of the rings' memory; again does nothing."""


class Plain:
    """In plain Python."""

    def __init__(self, rings: Sequence[Blocks], ending: Ending) -> None:
        self._rings = rings
        self._tracker = ending.tracker()

    @property
    def tracker(self) -> Tracker:
        return self._tracker

    def take(self, ring: int, most: int) -> Taken | None:
        taken: Taken | None = None
        for block, packets in self._rings[ring].blocks():
            if taken is not None:  # by asking for this one the one before was handed back
                break
            if not packets:
                continue
            taken = self._put(ring, block, min(packets, most))
            if most < packets:
                break
        return taken

    def _put(self, ring: int, block: memoryview, packets: int) -> Taken:
        ended: list[Ended] = []
        octets = 0
        first: int | None = None
        last = 0
        for frame in self._rings[ring].frames(block, packets):
            octets += len(frame.data)
            last = frame.timestamp_ns or 0
            first = last if first is None else first
            row = dissect(frame).row
            ended += self._tracker.add(row, frame.data[row.payload_at : row.payload_at + row.payload])
        return Taken(packets, octets, first or 0, last, ended)

    def finish(self) -> Iterator[list[Ended]]:
        left = self._tracker.finish()
        for start in range(0, len(left), PART):
            yield left[start : start + PART]

    def close(self) -> None:
        """It holds nothing."""


def tracking(rings: Sequence[Blocks], ending: Ending) -> Tracking:
    """By kernels where they were compiled before: nobody waits for a compiler while packets pass."""
    from netloom.packet.kernels import compiled

    if not (compiled.available() and compiled.ready()):
        return Plain(rings, ending)
    from netloom.packet.kernels.drain import Tracked

    return Tracked(rings, ending)


class Flowing(Hearing):
    """Rings into flows, which `ended` gives once they are over."""

    def __init__(self, rings: Sequence[Ring], ending: Ending) -> None:
        self._tracking = tracking(rings, ending)
        self._ended: queue.Queue[list[Ended]] = queue.Queue(AHEAD)
        self._taken: deque[Ended] = deque()
        self._is_wanted = True
        self.is_plain = isinstance(self._tracking, Plain)
        super().__init__(rings)

    @property
    def tracker(self) -> Tracker | FlowTable:
        """Tells what bounds have cost."""
        return self._tracking.tracker

    def ended(self) -> Iterator[Ended]:
        """Flows that are over. What whoever asks doesn't take is there the next time."""
        while True:
            while self._taken:
                yield self._taken.popleft()
            try:
                self._taken.extend(self._ended.get_nowait())
            except queue.Empty:
                return

    def abandon(self) -> None:
        """Nobody will ask for flows any more."""
        self._is_wanted = False
        self.stop()

    def take(self, most: int) -> None:
        for number in range(len(self.rings)):
            taken = self._tracking.take(number, most or 1 << 62)
            if taken is None:
                continue
            self.heard(*taken[:4])
            self._give(taken.ended)
            if most:
                most -= taken.packets
                if not most:
                    return

    def finished(self) -> None:
        for part in self._tracking.finish():
            self._give(part)

    def _give(self, ended: list[Ended]) -> None:
        while ended and self._is_wanted:
            with contextlib.suppress(queue.Full):
                self._ended.put(ended, timeout=_LOOK)
                return

    def close(self) -> None:
        self._tracking.close()
        super().close()
