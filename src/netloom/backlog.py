"""Records that wait for a slow reader, while what they tell of goes on."""

from __future__ import annotations

import asyncio
from typing import TypeVar

T = TypeVar("T")

LIMIT = 4096
"""Records that may wait; the oldest give way beyond."""


class Backlog(asyncio.Queue[T]):
    """Whoever reports never waits."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)

    def report(self, record: T) -> None:
        """One more; where there is no room, the oldest is lost."""
        if self.full():
            self.get_nowait()
        self.put_nowait(record)
