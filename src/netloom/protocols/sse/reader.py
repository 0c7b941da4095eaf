"""One who reads a stream of events: what it hears of a bus waits, within bounds, until it takes it (HTML §9.2)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import NetloomError
from netloom.protocols.sse.feed import event_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.contents.bus import Delivery
    from netloom.protocols.sse.feed import Feed
    from netloom.records import Message

_PIECE = 64 * 1024


class Reader:
    """Events as bytes. One that is too slow misses the oldest; `dropped` counts them."""

    def __init__(self, feed: Feed, *, named: bool) -> None:
        self.dropped = 0
        self._feed = feed
        self._named = named
        self._limits = feed.bus.limits
        # What was there before: it is kept by the bus, or by the feed, so that no limit is needed.
        self._first: deque[tuple[str, Message]] = deque()
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._closed = False
        self._waiting: asyncio.Future[None] | None = None

    def attach(self, patterns: Sequence[str], last: str = "") -> bool:
        """Listen, beginning with what was published after the event `last`; without it with what is retained.

        Gives whether it went on after `last`. Raises UsageError for what is no pattern, TooLarge; then it's in vain.
        """
        bus = self._feed.bus
        bus.attach(self)
        try:
            for pattern in patterns:
                bus.listen(self, pattern)
        except NetloomError:
            bus.detach(self)
            raise
        missed = self._feed.since(last, patterns) if last else None
        if missed is not None:
            self._first.extend(missed)
            return True
        kept = {message.topic: message for pattern in patterns for message in bus.retained(pattern)}
        self._first.extend(("", message) for message in kept.values())
        return False

    def detach(self) -> None:
        """Listen no more."""
        self._feed.bus.detach(self)

    def close(self) -> None:
        """It is over once what waits has been taken."""
        self._closed = True
        self._wake()

    async def next(self, patience: float) -> bytes | None:
        """Some events; nothing after so many seconds without any; None at the end."""
        if not self._first and not self._queue and not self._closed:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(patience):
                    await self._waiting
            except TimeoutError:
                return b""
            finally:
                self._waiting = None
        return self._take() or (None if self._closed else b"")

    def _take(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while self._first and size < _PIECE:
            number, message = self._first.popleft()
            pieces.append(event_of(message, number, named=self._named))
            size += len(pieces[-1])
        while self._queue and size < _PIECE:
            pieces.append(self._queue.popleft())
            size += len(pieces[-1])
            self._bytes -= len(pieces[-1])
        return b"".join(pieces)

    # What the bus calls

    def plan(self, terms: list[None]) -> None:
        """Each pattern is as good as another."""

    def hear(self, delivery: Delivery, plan: None) -> None:
        """Queue a message."""
        if self._closed:
            return
        data = self._feed.told(delivery, named=self._named)
        self._queue.append(data)
        self._bytes += len(data)
        while len(self._queue) > self._limits.queue or self._bytes > self._limits.queue_bytes:
            self._bytes -= len(self._queue.popleft())
            self.dropped += 1
            self._feed.bus.dropped += 1
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
