"""Pace: when the next packet is due, held to microseconds, without ever making up for more than a moment."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SPIN_NS = 80_000
"""Nanoseconds before the time at which sleeping ends: the kernel wakes nobody that exactly."""
_BEHIND_NS = 100_000_000
"""Nanoseconds that may be made up for at full speed; what is later than that starts the clock anew."""


class Pace:
    """A clock that starts with the first packet. `stop` ends every wait."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.stopped = threading.Event()
        self._clock = clock
        self._start: int | None = None

    def stop(self) -> None:
        """End the wait that goes on, and all others; from any thread."""
        self.stopped.set()

    def wait(self, offset_ns: int) -> bool:
        """Wait until so many nanoseconds after the first packet. False: it was stopped."""
        now = self._clock()
        if self._start is None:
            self._start = now - offset_ns
        due = self._start + offset_ns
        if now - due > _BEHIND_NS:
            self._start += now - due
            return not self.stopped.is_set()
        if due - now > _SPIN_NS and self.stopped.wait((due - now - _SPIN_NS) / 1e9):
            return False
        while self._clock() < due:
            pass
        return not self.stopped.is_set()

    def elapsed(self) -> float:
        """Seconds since the first packet."""
        return 0.0 if self._start is None else (self._clock() - self._start) / 1e9
