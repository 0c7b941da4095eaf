"""One deadline of a connection, moved on lazily: setting it anew for each request costs no timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Watch:
    """Calls `expired` once the deadline has passed that was set last."""

    __slots__ = ("_deadline", "_expired", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0

    def within(self, seconds: float) -> None:
        """Something has to come within so many seconds."""
        self._deadline = due = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._check)
        elif self._timer.when() > due:
            self._timer.cancel()
            self._timer = self._loop.call_at(due, self._check)

    def stop(self) -> None:
        """Nothing is due any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check)
        else:
            self._expired()
