"""Records that wait for a slow reader, while what they tell of goes on."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

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

    @asynccontextmanager
    async def emptied(self, tell: Callable[[T], Awaitable[None]]) -> AsyncGenerator[None]:
        """At the end, what is left is told, too: much ends only because everything does."""
        try:
            yield
        finally:
            while not self.empty():
                await tell(self.get_nowait())
