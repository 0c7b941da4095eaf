"""HTTP/2's PINGs while streams are open: who has gone without a word is noticed (RFC 9113 §6.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Pulse:
    """One timer. After `every` seconds without a word it calls `ping`, once, and after `patience` seconds `dead`."""

    __slots__ = ("_dead", "_every", "_heard", "_loop", "_patience", "_ping", "_pinged", "_timer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        spans: tuple[float, float],
        ping: Callable[[], None],
        dead: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._every, self._patience = spans
        self._ping = ping
        self._dead = dead
        self._heard = 0.0
        self._pinged = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """From now on; where it runs already, the silence begins anew."""
        self.heard()
        if self._timer is None:
            self._timer = self._loop.call_at(self._heard + self._every, self._check)

    def heard(self) -> None:
        """The peer said something."""
        self._heard = self._loop.time()
        self._pinged = False

    def stop(self) -> None:
        """There is nothing to wait for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        now = self._loop.time()
        if now >= self._heard + self._patience:
            self._timer = None
            self._dead()
            return
        due = self._heard + self._every
        if now >= due:
            if not self._pinged:
                self._pinged = True
                self._ping()
            due = min(now + self._every, self._heard + self._patience)
        self._timer = self._loop.call_at(due, self._check)
