"""Bus: topics, messages and who listens to them, for MQTT, WebSocket, SSE, IRC, syslog, SNMP traps and lines alike."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from netloom.contents import TooLarge
from netloom.contents._argument import nothing
from netloom.contents.bus.delivery import Delivery, Publication, Receiver, size_of
from netloom.contents.bus.subscription import Overflow, Subscription
from netloom.contents.bus.topics import LEVEL_COST, Patterns, Topics, check_pattern, check_topic, cost, matches
from netloom.links.datagrams import Datagrams
from netloom.records import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream

__all__ = [
    "CONTENT", "Bus", "Delivery", "Limits", "Overflow", "Publication", "Receiver", "Subscription", "check_pattern",
    "check_topic", "matches",
]  # fmt: skip

_REMEMBERED = 100_000
_PURGE = 1.0
"""Seconds between two looks for what has expired, where there is no room."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a bus holds: bytes of a `message`; `subscribers`; `retained` messages and `retained_bytes`.

    Each subscriber has `queue` messages and `queue_bytes` waiting for it, and `patterns`; `pattern_bytes` is about what
    the patterns of all of them take.
    """

    message: int = 1 << 20
    queue: int = 1_000
    queue_bytes: int = 16 << 20
    subscribers: int = 10_000
    patterns: int = 1_000
    pattern_bytes: int = 64 << 20
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
        self._patterns: Patterns[Receiver, Any] = Patterns()
        self._receivers: dict[Receiver, dict[str, None]] = {}
        self._pattern_bytes = 0
        # Who hears a topic, so that it is looked up once while nobody comes or goes.
        self._found: dict[str, tuple[tuple[Receiver, Any], ...]] = {}
        self._remembered = 0
        self._retained: Topics[Message] = Topics()
        self._retained_count = 0
        self._retained_bytes = 0
        self._purged = float("-inf")

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`bus` takes no argument. Raises UsageError."""
        nothing(cls.KIND, argument)
        return cls()

    def describe(self) -> str:
        return "bus in memory"

    def publish(self, message: Message) -> int:
        """Give a message to everyone who listens to its topic, at once, and return how many do.

        With `retain` the last message of a topic is kept for later subscribers; an empty one removes it. Raises
        UsageError for a topic that is none, TooLarge where the message, or what is retained, exceeds a limit; then
        nobody gets it.
        """
        found = self._found.get(message.topic)
        if found is None:
            found = self._find(message.topic)
        delivery = Delivery(message)
        if delivery.size > self.limits.message:
            raise TooLarge(f"a message has no more than {self.limits.message} bytes here")
        if message.retain:
            self._retain(message)
        for receiver, plan in found:
            receiver.hear(delivery, plan)
        return len(found)

    @asynccontextmanager
    async def subscribe(
        self, *patterns: str, retained: bool = True, overflow: Overflow = Overflow.DROP_OLDEST
    ) -> AsyncIterator[Subscription]:
        """`async with bus.subscribe("house/#") as heard: async for message in heard`: retained messages first.

        Raises UsageError for a pattern that is none, TooLarge above `limits.subscribers`.
        """
        subscription = Subscription(self, overflow)
        self.attach(subscription)
        try:
            for pattern in patterns:
                subscription.add(pattern, retained=retained)
            yield subscription
        finally:
            self.detach(subscription)
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
        kept: list[Message] = []
        expired: list[Message] = []
        for message in self._retained.find(check_pattern(pattern)):
            (expired if _has_expired(message) else kept).append(message)
        for message in expired:
            self._forget(message)
        return tuple(sorted(kept, key=_topic_of))

    @property
    def retained_count(self) -> int:
        """How many messages are retained."""
        return self._retained_count

    @property
    def subscribers(self) -> int:
        """How many listen now."""
        return len(self._receivers)

    # For those who hear at once

    def attach(self, receiver: Receiver) -> None:
        """Let somebody listen. Raises TooLarge above `limits.subscribers`."""
        if len(self._receivers) >= self.limits.subscribers:
            raise TooLarge(f"no more than {self.limits.subscribers} may listen")
        self._receivers[receiver] = {}

    def detach(self, receiver: Receiver) -> None:
        """Somebody doesn't listen to anything any longer."""
        for pattern in self._receivers.pop(receiver):
            self._unfile(receiver, pattern)

    def listen(self, receiver: Receiver, pattern: str, terms: Any = None) -> None:
        """Listen to one pattern more, or under other terms. Raises UsageError, TooLarge."""
        check_pattern(pattern)
        patterns = self._receivers[receiver]
        if pattern not in patterns:
            taken = cost(pattern) + LEVEL_COST
            if len(patterns) >= self.limits.patterns:
                raise TooLarge(f"a subscriber has no more than {self.limits.patterns} patterns")
            if self._pattern_bytes + taken > self.limits.pattern_bytes:
                raise TooLarge(f"patterns take no more than {self.limits.pattern_bytes} bytes")
            self._pattern_bytes += taken
            patterns[pattern] = None
        self._patterns.put(pattern, receiver, terms)
        self._changed()

    def unlisten(self, receiver: Receiver, pattern: str) -> bool:
        """Don't listen to a pattern any longer; whether it was listened to."""
        patterns = self._receivers.get(receiver, {})
        if pattern not in patterns:
            return False
        del patterns[pattern]
        self._unfile(receiver, pattern)
        return True

    def patterns_of(self, receiver: Receiver) -> tuple[str, ...]:
        """What somebody listens to."""
        return tuple(self._receivers.get(receiver, ()))

    # Inside

    def _unfile(self, receiver: Receiver, pattern: str) -> None:
        self._patterns.remove(pattern, receiver)
        self._pattern_bytes -= cost(pattern) + LEVEL_COST
        self._changed()

    def _changed(self) -> None:
        self._found.clear()
        self._remembered = 0

    def _find(self, topic: str) -> tuple[tuple[Receiver, Any], ...]:
        """Who hears a topic, and on what terms. Raises UsageError for a topic that is none."""
        check_topic(topic)
        found = tuple((receiver, receiver.plan(terms)) for receiver, terms in self._patterns.find(topic).items())
        taken = len(found) + len(topic) // 64 + 1
        if self._remembered + taken > _REMEMBERED:
            self._changed()
        if taken <= _REMEMBERED:
            self._remembered += taken
            self._found[topic] = found
        return found

    def _retain(self, message: Message) -> None:
        old = next(self._retained.find(message.topic.split("/")), None)
        if not message.payload:
            if old is not None:
                self._forget(old)
            return
        if not self._has_room(message, old):
            self._purge()
            old = next(self._retained.find(message.topic.split("/")), None)
        if self._retained_count + (old is None) > self.limits.retained:
            raise TooLarge(f"no more than {self.limits.retained} messages are retained")
        if not self._has_room(message, old):
            raise TooLarge(f"no more than {self.limits.retained_bytes} bytes are retained")
        if old is not None:
            self._forget(old)
        self._retained.put(message.topic, message)
        self._retained_count += 1
        self._retained_bytes += _kept(message)

    def _has_room(self, message: Message, old: Message | None) -> bool:
        used = self._retained_bytes - (_kept(old) if old is not None else 0)
        more = self._retained_count + (old is None) <= self.limits.retained
        return more and used + _kept(message) <= self.limits.retained_bytes

    def _forget(self, message: Message) -> None:
        self._retained.remove(message.topic)
        self._retained_count -= 1
        self._retained_bytes -= _kept(message)

    def _purge(self) -> None:
        """Make room by what has expired; looking for it takes a while, so that it isn't done all the time."""
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return  # nothing expires where no time passes
        if now - self._purged >= _PURGE:
            self._purged = now
            self.retained("#")
            self.retained("$SYS/#")


def _has_expired(message: Message) -> bool:
    if not isinstance(message, Publication) or message.expires is None:
        return False
    return asyncio.get_running_loop().time() >= message.expires


def _topic_of(message: Message) -> str:
    return message.topic


def _kept(message: Message) -> int:
    """About the bytes that a retained message takes."""
    return size_of(message) + cost(message.topic) - len(message.topic)


async def _tell(heard: Subscription, link: Stream) -> None:
    """Send a subscriber what others say, a line each."""
    async for message in heard:
        if message.sender != link.peer or not link.peer:
            await link.write(message.payload.rstrip(b"\r\n") + b"\n")


def _shown(peer: object) -> str:
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else ""


CONTENT = Bus
