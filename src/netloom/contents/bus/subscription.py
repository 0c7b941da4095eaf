"""A subscriber that reads: what it hears waits in a queue of bounded size."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from netloom.contents import TooLarge

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.contents.bus.delivery import Delivery
    from netloom.records import Message


class Overflow(StrEnum):
    """What happens when a subscriber is too slow and its queue is full. Every message that it misses is counted."""

    DROP_OLDEST = "drop-oldest"
    DROP_NEWEST = "drop-newest"
    END = "end"


class Subscription:
    """What one subscriber hears: an async iterator for one reader. However many patterns match, a message comes once.

    `dropped` counts the messages that it missed because it was too slow.
    """

    def __init__(self, bus: Bus, overflow: Overflow) -> None:
        self.dropped = 0
        self._bus = bus
        self._overflow = overflow
        self._first: deque[Message] = deque()  # retained ones: they are kept by the bus, so no limit is needed
        self._queue: deque[tuple[Message, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._too_slow = False
        self._waiting: asyncio.Future[None] | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        return self._bus.patterns_of(self)

    def add(self, pattern: str, *, retained: bool = True) -> None:
        """Listen to one pattern more. Raises UsageError, TooLarge."""
        self._bus.listen(self, pattern)
        if retained:
            self._first.extend(self._bus.retained(pattern))
            self._wake()

    def discard(self, pattern: str) -> bool:
        """Don't listen to a pattern any longer; whether it was listened to. What is queued stays."""
        return self._bus.unlisten(self, pattern)

    def close(self) -> None:
        """End the iteration once what is queued has been read."""
        self._closed = True
        self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """The next message. Raises TooLarge when this subscriber was too slow and `overflow` is END."""
        while True:
            if self._first:
                return self._first.popleft()
            if self._queue:
                message, size = self._queue.popleft()
                self._bytes -= size
                return message
            if self._too_slow:
                raise TooLarge(
                    f"too slow: more than {self._bus.limits.queue} messages waited", hint="overflow=drop-oldest"
                )
            if self._closed:
                raise StopAsyncIteration
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    # What the bus calls

    def plan(self, terms: list[Any]) -> None:
        """Each pattern is as good as another."""

    def hear(self, delivery: Delivery, plan: None) -> None:
        """Queue a message."""
        limits, size = self._bus.limits, delivery.size
        if self._closed or self._too_slow:
            return
        full = len(self._queue) >= limits.queue or self._bytes + size > limits.queue_bytes
        if full and self._overflow is not Overflow.DROP_OLDEST:
            self._miss()
            self._too_slow = self._overflow is Overflow.END
            return
        while self._queue and (len(self._queue) >= limits.queue or self._bytes + size > limits.queue_bytes):
            self._bytes -= self._queue.popleft()[1]
            self._miss()
        self._queue.append((delivery.message, size))
        self._bytes += size
        self._wake()

    def _miss(self) -> None:
        self.dropped += 1
        self._bus.dropped += 1

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
