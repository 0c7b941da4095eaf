"""What a server has: a device's values, or a bus' topics, as resources with a path, a state, and who may change it."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from netloom.contents import Forbidden, Invalid, NotFound
from netloom.contents.bus import Bus, check_topic
from netloom.errors import UsageError
from netloom.records import Message
from netloom.wire.coap import codes
from netloom.wire.coap.links import Link

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.bus import Delivery
    from netloom.contents.registers import Register, Registers

_TYPES = {
    "bool": "boolean", "int": "integer", "float": "number", "text": "text", "bytes": "octets", "oid": "text",
    "ip": "address", "uptime": "uptime",
}  # fmt: skip
LINKS = 10_000
"""Topics that discovery names at most."""


class State(Struct, frozen=True):
    """A resource's representation. One without a format is none: there is nothing yet."""

    payload: bytes = b""
    format: int | None = None
    max_age: int = codes.MAX_AGE_DEFAULT

    @property
    def etag(self) -> bytes:
        """Different for what is different (RFC 7252 §5.10.6)."""
        return blake2b(self.payload, digest_size=4).digest()


class Site(Protocol):
    """Resources by their paths, without a slash in front. One that `takes_any` is written in whatever format."""

    takes_any: bool

    def links(self) -> list[Link]:
        """What there is."""

    def state(self, path: str, *, waits: bool = False) -> State:
        """What it is now; who `waits` for what comes is content with nothing yet. Raises NotFound, Invalid."""

    def write(self, path: str, given: State, *, replaces: bool, peer: str) -> None:
        """Change it, by PUT or by POST. Raises NotFound, Forbidden, Invalid, TooLarge."""

    def delete(self, path: str) -> None:
        """Take it away. Raises NotFound, Forbidden, Invalid."""

    def follow(self, path: str) -> None:
        """Somebody observes it from now on. Raises TooLarge."""

    def leave(self, path: str) -> None:
        """Nobody observes it any longer."""

    async def run(self, changed: Callable[[str], None]) -> None:
        """Tell of changes, until it is cancelled."""

    def close(self) -> None:
        """Nobody is served any longer."""


class Device:
    """A device's values, each as text."""

    takes_any = False

    def __init__(self, registers: Registers) -> None:
        self._registers = registers

    def links(self) -> list[Link]:
        """Each with what it is: `rt` its kind, `if` a sensor or something to be set, `title` name and unit."""
        found = []
        for path in self._registers.paths:
            register = self._at(path)
            title = f"{register.name} in {register.unit}" if register.unit else register.name
            kind = "actuator" if register.writable else "sensor"
            attributes = (("rt", _TYPES[register.kind]), ("if", kind), ("title", title), ("ct", "0"), ("obs", ""))
            found.append(Link(f"/{path}", attributes))
        return found

    def state(self, path: str, *, waits: bool = False) -> State:
        """The value's text; one that never stands still is fresh for a second."""
        register = self._at(path)
        text = register.to_text(self._registers.value(register.name))
        return State(text.encode(), codes.TEXT, 1 if register.kind == "uptime" else codes.MAX_AGE_DEFAULT)

    def write(self, path: str, given: State, *, replaces: bool, peer: str) -> None:
        register = self._at(path)
        if not register.writable:
            raise Forbidden(f"{register.name} can't be written")
        try:
            text = given.payload.decode()
        except UnicodeDecodeError:
            raise Invalid(f"{register.name} is written as text, in UTF-8") from None
        self._registers.write({register.name: register.from_text(text)})

    def delete(self, path: str) -> None:
        raise Forbidden(f"{self._at(path).name} can't be taken away")

    def follow(self, path: str) -> None:
        """All are followed anyway."""

    def leave(self, path: str) -> None:
        """All are followed anyway."""

    async def run(self, changed: Callable[[str], None]) -> None:
        async with self._registers.watch() as changes:
            async for name, _ in changes:
                register = self._registers.named(name)
                if register.path:
                    changed(register.path)

    def close(self) -> None:
        """The device stays as it is."""

    def _at(self, path: str) -> Register:
        found = self._registers.on(path)
        if found is None:
            raise NotFound(f"there is no /{path[:80]}")
        return found


class Topics:
    """A bus: a topic is a path, what was retained its state, and what is published goes to those who observe."""

    takes_any = True

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        bus.attach(self)
        self._latest: dict[str, State] = {}
        self._changed: Callable[[str], None] = lambda _: None

    def links(self) -> list[Link]:
        return [
            Link(f"/{message.topic}", (("obs", ""),))
            for message in self._bus.retained()[:LINKS]
            if not set("<>") & set(message.topic) and message.topic.isprintable() and " " not in message.topic
        ]

    def state(self, path: str, *, waits: bool = False) -> State:
        """What was published last, where somebody observes it; otherwise what was retained."""
        self._check(path)
        if path in self._latest:
            return self._latest[path]
        kept = self._bus.retained(path)
        if kept:
            return _represented(kept[0])
        if waits:
            return State()
        raise NotFound(f"nothing is kept for {path[:80]}")

    def write(self, path: str, given: State, *, replaces: bool, peer: str) -> None:
        """PUT keeps it for those who come later, POST doesn't."""
        self._check(path)
        properties = {"content-type": codes.format_name(given.format)} if given.format else {}
        self._bus.publish(Message(path, given.payload, sender=peer, retain=replaces, properties=properties))

    def delete(self, path: str) -> None:
        self._check(path)
        if not self._bus.retained(path):
            raise NotFound(f"nothing is kept for {path[:80]}")
        self._bus.publish(Message(path, b"", retain=True))

    def follow(self, path: str) -> None:
        self._bus.listen(self, path)

    def leave(self, path: str) -> None:
        self._bus.unlisten(self, path)
        self._latest.pop(path, None)

    async def run(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        await asyncio.get_running_loop().create_future()

    def close(self) -> None:
        """The bus isn't listened to any longer."""
        self._bus.detach(self)

    # What the bus calls

    def plan(self, terms: list[object]) -> None:
        """All are told alike."""

    def hear(self, delivery: Delivery, plan: object) -> None:
        message = delivery.message
        self._latest[message.topic] = _represented(message)
        self._changed(message.topic)

    def _check(self, path: str) -> None:
        try:
            check_topic(path)
        except UsageError as error:
            raise Invalid(error.message) from None


def site_of(content: Registers | Bus) -> Site:
    """The resources that a content is."""
    return Topics(content) if isinstance(content, Bus) else Device(content)


def _represented(message: Message) -> State:
    said = message.properties.get("content-type", "").partition(";")[0]
    number = next((known for known, name in codes.FORMATS.items() if name == said), None)
    if number is None:
        try:
            message.payload.decode()
            number = codes.TEXT
        except UnicodeDecodeError:
            number = codes.OCTETS
    return State(message.payload, number)
