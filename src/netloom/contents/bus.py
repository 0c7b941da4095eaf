"""Bus: topics, messages and who listens to them, for MQTT, WebSocket, SSE, IRC, syslog, SNMP traps and lines alike."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from netloom.contents import TooLarge
from netloom.contents._argument import nothing
from netloom.errors import UsageError
from netloom.links.datagrams import Datagrams
from netloom.records import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream

_TOPIC_LIMIT = 65_535  # bytes, as MQTT has it
_LEVELS = 128
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


class Overflow(StrEnum):
    """What happens when a subscriber is too slow and its queue is full. Every message that it misses is counted."""

    DROP_OLDEST = "drop-oldest"
    DROP_NEWEST = "drop-newest"
    END = "end"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a bus holds: bytes of a `message`; `subscribers`; `retained` messages and `retained_bytes`.

    Each subscriber has `queue` messages and `queue_bytes` waiting for it, and `patterns`.
    """

    message: int = 1 << 20
    queue: int = 1_000
    queue_bytes: int = 16 << 20
    subscribers: int = 10_000
    patterns: int = 1_000
    retained: int = 10_000
    retained_bytes: int = 16 << 20


_LIMITS = Limits()


class Bus:
    """Publish and subscribe, in memory.

    Topics have levels between `/`; a protocol without topics uses the empty one. A pattern is a topic in which `+`
    stands for one level and `#`, at its end, for any number of them, none included (MQTT 5.0 §4.7); neither matches a
    first level that begins with `$`.
    """

    KIND: ClassVar[str] = "bus"

    def __init__(self, *, limits: Limits = _LIMITS) -> None:
        self.limits = limits
        self.dropped = 0
        self._exact: dict[str, dict[Subscription, None]] = {}
        self._wild: dict[str, dict[Subscription, None]] = {}
        self._subscriptions: set[Subscription] = set()
        self._retained: dict[str, Message] = {}
        self._retained_bytes = 0

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`bus` takes no argument. Raises UsageError."""
        nothing(cls.KIND, argument)
        return cls()

    def describe(self) -> str:
        return "bus in memory"

    def publish(self, message: Message) -> int:
        """Queue a message for everyone who listens to its topic, at once, and return how many do.

        With `retain` the last message of a topic is kept for later subscribers; an empty one removes it. Raises
        UsageError for a topic that is none, TooLarge where the message, or what is retained, exceeds a limit; then
        nobody gets it.
        """
        check_topic(message.topic)
        size = _size(message)
        if size > self.limits.message:
            raise TooLarge(f"a message has no more than {self.limits.message} bytes here")
        if message.retain:
            self._retain(message)
        listening = dict(self._exact.get(message.topic, ()))
        if self._wild:
            levels = message.topic.split("/")
            for pattern, subscribed in self._wild.items():
                if _matches(pattern.split("/"), levels):
                    listening.update(subscribed)
        for subscription in listening:
            subscription._put(message, size)
        return len(listening)

    @asynccontextmanager
    async def subscribe(
        self, *patterns: str, retained: bool = True, overflow: Overflow = Overflow.DROP_OLDEST
    ) -> AsyncIterator[Subscription]:
        """`async with bus.subscribe("house/#") as heard: async for message in heard`: retained messages first.

        Raises UsageError for a pattern that is none, TooLarge above `limits.subscribers`.
        """
        if len(self._subscriptions) >= self.limits.subscribers:
            raise TooLarge(f"no more than {self.limits.subscribers} may listen")
        subscription = Subscription(self, overflow)
        self._subscriptions.add(subscription)
        try:
            for pattern in patterns:
                subscription.add(pattern, retained=retained)
            yield subscription
        finally:
            for pattern in subscription.patterns:
                subscription.discard(pattern)
            self._subscriptions.discard(subscription)
            subscription.close()

    async def attend(self, link: Stream | Datagrams) -> None:
        """Lines and datagrams are messages of the empty topic: what comes is published, what others publish is sent."""
        if isinstance(link, Datagrams):
            while True:
                data, peer = await link.receive_from()
                self.publish(Message("", data, sender=_shown(peer)))
        async with self.subscribe("#") as heard:
            telling = asyncio.ensure_future(_tell(heard, link))
            try:
                while not link.at_eof:
                    line = await link.read_line_or_rest()
                    if line:
                        self.publish(Message("", line, sender=link.peer))
            finally:
                telling.cancel()
                await asyncio.wait({telling})

    def retained(self, pattern: str = "#") -> tuple[Message, ...]:
        """The retained messages whose topics match, by topic."""
        levels = check_pattern(pattern)
        topics = sorted(topic for topic in self._retained if _matches(levels, topic.split("/")))
        return tuple(self._retained[topic] for topic in topics)

    @property
    def subscribers(self) -> int:
        """How many listen now."""
        return len(self._subscriptions)

    def _retain(self, message: Message) -> None:
        old = self._retained.get(message.topic)
        used = self._retained_bytes - (_size(old) if old is not None else 0)
        if message.payload:
            if len(self._retained) + (old is None) > self.limits.retained:
                raise TooLarge(f"no more than {self.limits.retained} messages are retained")
            if used + _size(message) > self.limits.retained_bytes:
                raise TooLarge(f"no more than {self.limits.retained_bytes} bytes are retained")
            self._retained[message.topic] = message
            used += _size(message)
        else:
            self._retained.pop(message.topic, None)
        self._retained_bytes = used

    def _listen(self, subscription: Subscription, pattern: str) -> None:
        self._table(pattern).setdefault(pattern, {})[subscription] = None

    def _unlisten(self, subscription: Subscription, pattern: str) -> None:
        table = self._table(pattern)
        table[pattern].pop(subscription)
        if not table[pattern]:
            del table[pattern]

    def _table(self, pattern: str) -> dict[str, dict[Subscription, None]]:
        return self._wild if "+" in pattern or "#" in pattern else self._exact


class Subscription:
    """What one subscriber hears: an async iterator for one reader. However many patterns match, a message comes once.

    `dropped` counts the messages that it missed because it was too slow.
    """

    def __init__(self, bus: Bus, overflow: Overflow) -> None:
        self.dropped = 0
        self._bus = bus
        self._overflow = overflow
        self._patterns: dict[str, None] = {}
        self._first: deque[Message] = deque()  # retained ones: they are kept by the bus, so no limit is needed
        self._queue: deque[tuple[Message, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._too_slow = False
        self._waiting: asyncio.Future[None] | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        return tuple(self._patterns)

    def add(self, pattern: str, *, retained: bool = True) -> None:
        """Listen to one pattern more. Raises UsageError, TooLarge."""
        check_pattern(pattern)
        if pattern not in self._patterns and len(self._patterns) >= self._bus.limits.patterns:
            raise TooLarge(f"a subscriber has no more than {self._bus.limits.patterns} patterns")
        self._patterns[pattern] = None
        self._bus._listen(self, pattern)
        if retained:
            self._first.extend(self._bus.retained(pattern))
            self._wake()

    def discard(self, pattern: str) -> bool:
        """Don't listen to a pattern any longer; whether it was listened to. What is queued stays."""
        if pattern not in self._patterns:
            return False
        del self._patterns[pattern]
        self._bus._unlisten(self, pattern)
        return True

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

    def _put(self, message: Message, size: int) -> None:
        limits = self._bus.limits
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
        self._queue.append((message, size))
        self._bytes += size
        self._wake()

    def _miss(self) -> None:
        self.dropped += 1
        self._bus.dropped += 1

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


async def _tell(heard: Subscription, link: Stream) -> None:
    """Send a subscriber what others say, a line each."""
    async for message in heard:
        if message.sender != link.peer or not link.peer:
            await link.write(message.payload.rstrip(b"\r\n") + b"\n")


def _shown(peer: object) -> str:
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else ""


def check_topic(topic: str) -> None:
    """Raises UsageError for a wildcard, NUL, more than 65,535 bytes or 128 levels in a topic (MQTT 5.0 §4.7.3)."""
    if "+" in topic or "#" in topic:
        raise UsageError(f"a topic has no wildcard: {topic[:80]!r}", hint="+ and # are for subscribing")
    _check_text(topic)


def check_pattern(pattern: str) -> list[str]:
    """The levels of a pattern. Raises UsageError with the column of the wildcard that stands where none may."""
    _check_text(pattern)
    levels = pattern.split("/")
    column = 0
    for position, level in enumerate(levels):
        alone = len(level) == 1 and (level == "+" or position == len(levels) - 1)
        if ("#" in level or "+" in level) and not alone:
            raise UsageError(
                f"{pattern[:80]!r} is no pattern, at column {column + 1}: + is a whole level, # the whole last one",
                text=pattern,
                column=column,
            )
        column += len(level) + 1
    return levels


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic is among what a pattern stands for."""
    return _matches(check_pattern(pattern), topic.split("/"))


def _matches(pattern: list[str], levels: list[str]) -> bool:
    if levels[0].startswith("$") and pattern[0] in ("+", "#"):
        return False
    for position, expected in enumerate(pattern):
        if expected == "#":
            return True
        if position >= len(levels) or expected not in ("+", levels[position]):
            return False
    return len(pattern) == len(levels)


def _check_text(text: str) -> None:
    if _FORBIDDEN.search(text):
        raise UsageError("a topic has no NUL and no half of a surrogate pair in it")
    if len(text.encode()) > _TOPIC_LIMIT or text.count("/") >= _LEVELS:
        raise UsageError(f"a topic has no more than {_TOPIC_LIMIT} bytes and {_LEVELS} levels")


def _size(message: Message) -> int:
    properties = sum(len(name) + len(value) for name, value in message.properties.items())
    return len(message.payload) + len(message.topic) + len(message.sender) + properties


CONTENT = Bus
