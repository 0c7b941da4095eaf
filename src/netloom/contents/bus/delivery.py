"""What is published and who is told: a message with what its way here has added, and receivers (MQTT 5.0 §3.3)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

from netloom.records import Message


class Publication(Message, frozen=True, kw_only=True):
    """A message with what only some protocols say of it.

    `qos` is how surely it came here: nobody is told more surely; what comes without one is told as surely as it is
    wanted. `origin` is the client that published it. From `expires` on (seconds of the event loop) nobody is told.
    `native` is what the protocol that brought it wants to tell its own kind unchanged.
    """

    qos: int = 2
    origin: str = ""
    expires: float | None = None
    native: Any = None


class Delivery:
    """One message on its way to everybody: `size` in bytes, and `forms` for what receivers make of it once for all."""

    __slots__ = ("forms", "message", "size")

    def __init__(self, message: Message) -> None:
        self.message = message
        self.size = size_of(message)
        self.forms: dict[Any, Any] = {}


class Receiver(Hashable, Protocol):
    """Whoever listens with `Bus.listen`. However many of its patterns match, it hears a message once."""

    def plan(self, terms: list[Any]) -> Any:
        """What follows from the terms under which all patterns that match were listened to; it is remembered."""

    def hear(self, delivery: Delivery, plan: Any) -> None:
        """Take a message at once, without raising anything."""


def size_of(message: Message) -> int:
    """The bytes that a message counts."""
    size = len(message.payload) + len(message.topic) + len(message.sender)
    if message.properties:
        size += sum(len(name) + len(value) for name, value in message.properties.items())
    return size
