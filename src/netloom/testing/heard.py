"""What a test's server has received: mails, messages, or what its clients asked for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from netloom.testing.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netloom.contents.bus import Bus, Delivery
    from netloom.records import AccessRecord, Message


class Heard:
    """What a server's side of a test learns, from whichever thread. `received` depends on the content."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self._news = threading.Condition()
        self._accesses: Kept[AccessRecord] = Kept()
        self._bus = _Ears(self._tell) if hasattr(content, "attach") else None

    def begin(self) -> None:
        """Listen; to be called on the servers' loop."""
        if self._bus is not None:
            self._bus.listen(self._content)

    def report(self, record: AccessRecord) -> None:
        """A client did something."""
        with self._news:
            self._accesses.add(record)
            self._news.notify_all()

    @property
    def accesses(self) -> list[AccessRecord]:
        """What clients did, oldest first."""
        return self._accesses.all()

    @property
    def received(self) -> Sequence[Any]:
        """Mails of a mail server, messages of a bus, requests that were answered; otherwise what clients did."""
        if self._bus is not None:
            return self._bus.messages
        return list(self._content.received) if hasattr(self._content, "received") else self.accesses

    def wait_for(self, count: int, timeout: float) -> Sequence[Any]:
        """`received`, as soon as it has `count`, or after so many seconds as it is then."""
        until = time.monotonic() + timeout
        with self._news:
            # Whatever a content receives is followed by the record of who did it.
            while len(self.received) < count and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
        return self.received

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()


class _Ears:
    """Hears everything that is published on a bus."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._messages: Kept[Message] = Kept()

    @property
    def messages(self) -> list[Message]:
        return self._messages.all()

    def listen(self, bus: Bus) -> None:
        """From now on."""
        bus.attach(self)
        for pattern in ("#", "$SYS/#"):
            bus.listen(self, pattern)

    def plan(self, terms: list[Any]) -> None:
        """Everything is heard in the same way."""

    def hear(self, delivery: Delivery, plan: None) -> None:  # noqa: ARG002  # as every receiver
        """Something was published."""
        self._messages.add(delivery.message, delivery.size)
        self._tell()
