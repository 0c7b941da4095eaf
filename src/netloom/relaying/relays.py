"""Relays by name, which come, change and go while others run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from netloom.errors import UsageError
from netloom.links.faults.plan import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.endpoint import Endpoint
    from netloom.records import ServingRecord
    from netloom.relaying.relay import Relay

Make = Callable[["Endpoint", "Endpoint", Faults], "Relay"]
LIMIT = 1024
"""Relays at once."""


class NamedRelay:
    """A relay that can be at rest. It keeps its faults then, and the port that the kernel chose.

    `faults` hold for all its connections; those that `listen` asks for are among them.
    """

    def __init__(self, name: str, listen: Endpoint, target: Endpoint, make: Make, *, changes: bool = True) -> None:
        self.name = name
        self.faults = Faults([value for option, value in listen.all_options if option == "fault"], changes=changes)
        self.listen = _without_faults(listen)
        self.target = target
        self.relay: Relay | None = None
        self._make = make
        self._passed = (0, 0)

    @property
    def enabled(self) -> bool:
        """Whether it listens."""
        return self.relay is not None

    @property
    def sizes(self) -> tuple[int, int]:
        """Octets that went to the target and came from it, at all times together."""
        now = self.relay.sizes if self.relay is not None else (0, 0)
        return self._passed[0] + now[0], self._passed[1] + now[1]

    @property
    def records(self) -> list[ServingRecord]:
        """Where it listens, as it is announced."""
        return self.relay.serving.records if self.relay is not None else []

    async def enable(self) -> None:
        """Listen, if it doesn't. Raises UsageError, CapabilityError."""
        if self.relay is None:
            relay = self._make(self.listen, self.target, self.faults)
            await relay.start()
            self.relay = relay
            if not self.listen.socket:
                self.listen = self.listen.replace(port=relay.endpoint.port)

    async def disable(self) -> None:
        """Listen no more, if it does; connections that stand are reset."""
        relay, self.relay = self.relay, None
        if relay is not None:
            await relay.stop()
            self._passed = self._passed[0] + relay.sizes[0], self._passed[1] + relay.sizes[1]

    async def change(self, listen: Endpoint, target: Endpoint) -> None:
        """Other endpoints from now on; what stands is reset. Raises UsageError where they can't be, and rests then."""
        enabled = self.enabled
        await self.disable()
        self.listen, self.target = listen, target
        if enabled:
            await self.enable()


class Relays:
    """`make` builds a relay that isn't started yet. `async with` ends all of them.

    `changes`: faults may be placed at any time, so that links are made ready for it, at some cost.
    """

    def __init__(self, make: Make, *, changes: bool = True) -> None:
        self._make = make
        self._changes = changes
        self._named: dict[str, NamedRelay] = {}
        self.turn = asyncio.Lock()
        """Held by whoever changes several things, one after the other."""

    def __getitem__(self, name: str) -> NamedRelay:
        """Raises UsageError."""
        found = self._named.get(name)
        if found is None:
            raise UsageError(f"there is no relay {name!r}", hint=f"there are {', '.join(self._named) or 'none'}")
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._named

    def __iter__(self) -> Iterator[NamedRelay]:
        return iter(list(self._named.values()))

    def __len__(self) -> int:
        return len(self._named)

    async def add(self, name: str, listen: Endpoint, target: Endpoint, *, enabled: bool = True) -> NamedRelay:
        """One more. Raises UsageError, CapabilityError, and there is none more then."""
        if name in self._named:
            raise UsageError(f"there is a relay {name!r} already", hint="remove it first, or choose another name")
        if len(self._named) >= LIMIT:
            raise UsageError(f"there are {LIMIT} relays already")
        made = NamedRelay(name, listen, target, self._make, changes=self._changes)
        if enabled:
            await made.enable()
        else:
            self._make(made.listen, target, made.faults)  # what could never pass is told at once
        self._named[name] = made
        return made

    async def remove(self, name: str) -> None:
        """One less. Raises UsageError for a name that isn't here."""
        found = self[name]
        del self._named[name]
        await found.disable()

    async def reset(self) -> None:
        """All listen, and none has a fault. Raises UsageError, CapabilityError."""
        for each in self:
            each.faults.clear()
        for each in self:
            await each.enable()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in list(self._named):
            await self.remove(name)


def _without_faults(listen: Endpoint) -> Endpoint:
    options, beside = (tuple(pair for pair in pairs if pair[0] != "fault") for pairs in (listen.options, listen.beside))
    return listen.replace(options=options, beside=beside)
