"""What all streams of one bus share: a number for each message, and those of late for who comes back (HTML §9.2.4)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from collections import deque
from typing import TYPE_CHECKING

from netloom.contents.bus import matches
from netloom.errors import LocalProtocolError
from netloom.links.companions import Companions
from netloom.wire import sse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netloom.contents.bus import Bus, Delivery
    from netloom.records import Message

HISTORY = 1000
HISTORY_BYTES = 4 << 20
"""Messages, and bytes of them, that are kept for those who come back."""
PATIENCE = 120.0
"""Seconds for which they are kept once nobody listens any more."""


class Feed:
    """It hears everything from the first reader on, until the last one has been gone for a while.

    Topics that begin with `$` have no numbers: nobody hears them who doesn't ask for them.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._run = ""  # a number says nothing to a feed that began anew
        self._number = 0
        self._recent: deque[tuple[int, Message, int]] = deque()
        self._bytes = 0
        self._readers = 0
        self._parting: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """While inside, somebody reads. Raises TooLarge where no more may listen to the bus."""
        self._stop_parting()
        if not self._run:
            self.bus.attach(self)
            self.bus.listen(self, "#")
            self._run = secrets.token_hex(4)
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers and self._run:
                self._parting = asyncio.get_running_loop().call_later(PATIENCE, self.close)

    def close(self) -> None:
        """Hear nothing any more, and forget."""
        self._stop_parting()
        if self._run:
            self.bus.detach(self)
        self._run = ""
        self._recent.clear()
        self._number = self._bytes = 0

    @property
    def now(self) -> str:
        """The id of what was published last."""
        return f"{self._run}-{self._number}"

    def since(self, last: str, patterns: Sequence[str]) -> list[tuple[str, Message]] | None:
        """What was published after an id, by patterns, with ids; None where that isn't known any more."""
        run, _, digits = last.rpartition("-")
        if run != self._run or not (digits.isascii() and digits.isdigit() and len(digits) < 16):
            return None
        number = int(digits)
        oldest = self._recent[0][0] if self._recent else self._number + 1
        if not oldest - 1 <= number <= self._number:
            return None
        return [
            (f"{run}-{at}", message)
            for at, message, _ in self._recent
            if at > number and any(matches(pattern, message.topic) for pattern in patterns)
        ]

    def told(self, delivery: Delivery, *, named: bool) -> bytes:
        """A message as an event, made once for all who read it so."""
        data: bytes | None = delivery.forms.get((self, named))
        if data is None:
            data = delivery.forms[self, named] = event_of(delivery.message, self._id(delivery), named=named)
        return data

    # What the bus calls

    def plan(self, terms: list[None]) -> None:
        """There is one pattern."""

    def hear(self, delivery: Delivery, plan: None) -> None:
        """Keep a message."""
        self._id(delivery)

    # Inside

    def _id(self, delivery: Delivery) -> str:
        """A message's id, which whoever hears it first asks for: so they are in the order of publishing."""
        found: str | None = delivery.forms.get(self)
        if found is None:
            found = delivery.forms[self] = "" if delivery.message.topic.startswith("$") else self._keep(delivery)
        return found

    def _keep(self, delivery: Delivery) -> str:
        self._number += 1
        self._recent.append((self._number, delivery.message, delivery.size))
        self._bytes += delivery.size
        while len(self._recent) > HISTORY or self._bytes > HISTORY_BYTES:
            self._bytes -= self._recent.popleft()[2]
        return self.now

    def _stop_parting(self) -> None:
        if self._parting is not None:
            self._parting.cancel()
            self._parting = None


_feeds = Companions(Feed)
around = _feeds.around
feed_of = _feeds.of


def event_of(message: Message, number: str = "", *, named: bool = False) -> bytes:
    """A message as an event; its name is the publisher's, or where `named` the topic.

    A payload that isn't UTF-8 comes as a `data:` URL, as there is only text (RFC 2397).
    """
    try:
        data = message.payload.decode()
    except UnicodeDecodeError:
        data = f"data:application/octet-stream;base64,{base64.b64encode(message.payload).decode()}"
    name = message.topic if named else message.properties.get("event", "")
    try:
        return sse.emit(sse.Event(data, name, number))
    except LocalProtocolError:
        return sse.emit(sse.Event(data, id=number))  # a topic of two lines can't be a name
