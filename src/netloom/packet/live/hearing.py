"""Hearing: rings listened to in a thread until it is stopped, or has so many packets, or so many seconds are over."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from netloom.packet.live.ring import Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.live.ring import Ring

_TICKS = 0.042
"""Seconds of silence after which a ring that hears nothing more has handed over all: so many, and twice its latency."""


class Hearing:
    """`run` does it, in a thread of its own; `stop` may be called from any other. What had come by then is kept.

    Who inherits it says in `take` what becomes of packets, and counts them. `is_plain` is whether plain Python does it.
    """

    is_plain = False

    def __init__(self, rings: Sequence[Ring]) -> None:
        self.packets = self.octets = 0
        self.first_ns = self.last_ns = 0
        self.counts = Counts()
        self.rings = rings
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def take(self, most: int) -> None:
        """Some of what is there, of every ring, up to so many packets in all (0: all)."""
        raise NotImplementedError

    def finished(self) -> None:
        """Nothing more will come; `counts` are the last."""
        raise NotImplementedError

    def heard(self, packets: int, octets: int, first_ns: int, last_ns: int) -> None:
        """Count packets that were taken."""
        self.packets += packets
        self.octets += octets
        self.first_ns = min(self.first_ns, first_ns) if self.first_ns else first_ns
        self.last_ns = max(self.last_ns, last_ns)

    def stop(self) -> None:
        """End it soon; from any thread. After `close` it does nothing."""
        if self._wake >= 0:
            os.eventfd_write(self._wake, 1)

    def run(self, count: int = 0, seconds: float = 0.0) -> None:
        """Until so many packets were taken or so many seconds are over (0: no such limit), or it is stopped.

        Raises NetworkError where an interface is gone, and what `take` does; what came is kept.
        """
        until = time.monotonic() + seconds if seconds else None
        try:
            try:
                self._hear(count, until)
            finally:
                self._finish(count)
        finally:
            told = [ring.counts() for ring in self.rings]
            self.counts = Counts(sum(one.passed for one in told), sum(one.dropped for one in told))
            self.finished()

    def _hear(self, count: int, until: float | None) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        for ring in self.rings:
            poll.register(ring, select.POLLIN)
        while not self._has(count):
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return
            for descriptor, event in poll.poll(None if left is None else max(1, left * 1000)):
                if descriptor == self._wake:
                    return
                if event & select.POLLERR:
                    next(ring for ring in self.rings if ring.fileno() == descriptor).check()
            self._take(count)

    def _finish(self, count: int) -> None:
        """What came before the end is kept, too."""
        for ring in self.rings:
            ring.finish()
        for ring in self.rings:
            while not self._has(count) and ring.wait(_TICKS + 2 * ring.latency):
                self._take(count)

    def _has(self, count: int) -> bool:
        return bool(count) and self.packets >= count

    def _take(self, count: int) -> None:
        self.take(count - self.packets if count else 0)

    def close(self) -> None:
        """Give the descriptor back; again does nothing."""
        wake, self._wake = self._wake, -1
        if wake >= 0:
            os.close(wake)
