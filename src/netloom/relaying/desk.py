"""What toxiproxy's clients ask about relays and their toxics (API version 2), and what they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, UsageError
from netloom.links.faults.fault import Share
from netloom.relaying.metrics import metrics
from netloom.relaying.toxics import Toxic, shown

if TYPE_CHECKING:
    from netloom.links.faults.fault import Fault
    from netloom.relaying.relays import NamedRelay, Relays

Answer = tuple[int, Any]
"""A status of HTTP, and what becomes JSON; a text is told as it is, None is nothing."""

VERSION = "2.6.0+netloom"
"""The version of the interface that is spoken, and who speaks it."""
TOXICS = 256
"""Toxics of one relay at once."""


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a relay. What is left out stays as it is, or is as usual."""

    name: str = ""
    listen: str = ""
    upstream: str = ""
    enabled: bool | None = None


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why

    @property
    def answer(self) -> dict[str, Any]:
        """What the client is told."""
        return {"error": self.why, "status": self.status}


class Desk:
    """Each question has the body of its request, and the names that stand in its path. They raise Refused."""

    def __init__(self, relays: Relays) -> None:
        self.relays = relays
        self._said: dict[tuple[str, str], tuple[Toxic, Fault]] = {}

    async def version(self, _: bytes) -> Answer:
        return 200, {"version": VERSION}

    async def metrics(self, _: bytes) -> Answer:
        return 200, metrics(self.relays)

    async def reset(self, _: bytes) -> Answer:
        self._said.clear()
        try:
            await self.relays.reset()
        except NetloomError as exc:
            raise Refused(500, exc.message) from None
        return 204, None

    async def populate(self, body: bytes) -> Answer:
        """Create or replace; those that are the same already are left alone. What went well before a failure stays."""
        done: list[NamedRelay] = []
        try:
            for wanted in _read(body, list[Proxy]):
                done.append(await self._populated(wanted))  # noqa: PERF401  # those before a failure are told, too
        except Refused as refused:
            return refused.status, {**refused.answer, "proxies": [self._shown(each) for each in done]}
        return 201, {"proxies": [self._shown(each) for each in done]}

    # Relays

    async def proxies(self, _: bytes) -> Answer:
        return 200, {each.name: self._shown(each) for each in self.relays}

    async def create(self, body: bytes) -> Answer:
        return 201, self._shown(await self._created(_read(body, Proxy)))

    async def proxy(self, _: bytes, name: str) -> Answer:
        return 200, self._shown(self._found(name))

    async def update(self, body: bytes, name: str) -> Answer:
        relay = self._found(name)
        await _change(relay, _read(body, Proxy))
        return 200, self._shown(relay)

    async def delete(self, _: bytes, name: str) -> Answer:
        await self._removed(self._found(name))
        return 204, None

    # Toxics

    async def toxics(self, _: bytes, name: str) -> Answer:
        return 200, self._toxics(self._found(name))

    async def add(self, body: bytes, name: str) -> Answer:
        relay = self._found(name)
        toxic, fault = _settled(_read(body, Toxic))
        if any(placed.name == toxic.name for placed in relay.faults):
            raise Refused(409, "toxic already exists")
        if len(relay.faults) >= TOXICS:
            raise Refused(400, f"there are {TOXICS} toxics already")
        self._place(relay, toxic, fault)
        return 200, toxic

    async def toxic(self, _: bytes, name: str, toxic: str) -> Answer:
        return 200, self._toxic(self._found(name), toxic)

    async def alter(self, body: bytes, name: str, toxic: str) -> Answer:
        """Attributes and toxicity may change; what a toxic is called, its type and direction stay."""
        relay = self._found(name)
        there, changes = self._toxic(relay, toxic), _read(body, _Changes)
        wanted = msgspec.structs.replace(
            there,
            toxicity=there.toxicity if changes.toxicity is None else changes.toxicity,
            attributes={**there.attributes, **changes.attributes},
        )
        made, fault = _settled(wanted)
        before = relay.faults[toxic]
        relay.faults.remove(toxic)
        try:
            self._place(relay, made, fault)
        except Refused:
            relay.faults.add(before, toxic)
            raise
        return 200, made

    async def lift(self, _: bytes, name: str, toxic: str) -> Answer:
        relay = self._found(name)
        self._toxic(relay, toxic)
        relay.faults.remove(toxic)
        self._said.pop((name, toxic), None)
        return 204, None

    # Inside

    def _found(self, name: str) -> NamedRelay:
        if name not in self.relays:
            raise Refused(404, "proxy not found")
        return self.relays[name]

    def _shown(self, relay: NamedRelay) -> dict[str, Any]:
        return {
            "name": relay.name,
            "listen": spoken(relay.listen),
            "upstream": spoken(relay.target),
            "enabled": relay.enabled,
            "toxics": self._toxics(relay),
        }

    async def _created(self, wanted: Proxy) -> NamedRelay:
        for field in ("name", "upstream"):
            if not getattr(wanted, field):
                raise Refused(400, f"missing required field: {field}")
        if "/" in wanted.name:
            raise Refused(400, "bad request body: a name with a slash can't stand in a path")
        if wanted.name in self.relays:
            raise Refused(409, "proxy already exists")
        listen, target = understood(wanted.listen or "127.0.0.1:0"), understood(wanted.upstream)
        try:
            return await self.relays.add(wanted.name, listen, target, enabled=wanted.enabled is not False)
        except NetloomError as exc:
            raise Refused(500, exc.message) from None

    async def _populated(self, wanted: Proxy) -> NamedRelay:
        if wanted.name in self.relays:
            there = self.relays[wanted.name]
            if (_meant(wanted.listen, there.listen), _meant(wanted.upstream, there.target)) == (
                there.listen,
                there.target,
            ):
                await _change(there, Proxy(enabled=wanted.enabled is not False))
                return there
            await self._removed(there)
        return await self._created(wanted)

    async def _removed(self, relay: NamedRelay) -> None:
        await self.relays.remove(relay.name)
        self._said = {names: said for names, said in self._said.items() if names[0] != relay.name}

    def _toxics(self, relay: NamedRelay) -> list[Toxic]:
        """Those that were placed as toxics are shown as such, in the order in which they act."""
        found = []
        for placed in relay.faults:
            toxic, fault = self._said.get((relay.name, placed.name), (None, None))
            found.append(toxic if toxic is not None and fault is placed.fault else shown(placed.name, placed.fault))
        return found

    def _toxic(self, relay: NamedRelay, name: str) -> Toxic:
        found = next((toxic for toxic in self._toxics(relay) if toxic.name == name), None)
        if found is None:
            raise Refused(404, "toxic not found")
        return found

    def _place(self, relay: NamedRelay, toxic: Toxic, fault: Fault) -> None:
        try:
            relay.faults.add(fault, toxic.name)
        except UsageError as exc:
            raise Refused(400, exc.message) from None
        self._said[relay.name, toxic.name] = toxic, fault


class _Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What may change of a toxic."""

    attributes: dict[str, Any] = {}
    toxicity: Share | None = None


async def _change(relay: NamedRelay, wanted: Proxy) -> None:
    listen, target = _meant(wanted.listen, relay.listen), _meant(wanted.upstream, relay.target)
    enabled = relay.enabled if wanted.enabled is None else wanted.enabled
    try:
        if not enabled:
            await relay.disable()
        if (listen, target) != (relay.listen, relay.target):
            await relay.change(listen, target)
        if enabled:
            await relay.enable()
    except NetloomError as exc:
        raise Refused(500, exc.message) from None


def understood(text: str) -> Endpoint:
    """`HOST:PORT` as TCP, or an endpoint. Raises Refused for one with options or a path: whoever may control relays
    is not thereby to read our files and speak to our sockets."""
    try:
        made = Endpoint.parse(text if "://" in text else f"tcp://{text}")
    except UsageError as exc:
        raise Refused(400, f"bad request body: {exc.message}") from None
    beyond = made.all_options or made.socket or made.user or made.path.strip("/") or made.query
    if beyond or (made.scheme == "tcp" and made.port is None):
        raise Refused(400, f"bad request body: HOST:PORT or SCHEME://HOST:PORT is expected, not {text}")
    return made


def spoken(place: Endpoint) -> str:
    """`HOST:PORT` for TCP, as clients expect it."""
    return place.authority if place.scheme == "tcp" and not place.all_options else str(place)


def _meant(text: str, there: Endpoint) -> Endpoint:
    """What is told back as it was shown changes nothing; neither does port 0 where the kernel has chosen."""
    if not text or text == spoken(there):
        return there
    made = understood(text)
    return there if made == there.replace(port=0) else made


def _settled(wanted: Toxic) -> tuple[Toxic, Fault]:
    try:
        toxic = wanted.settled()
        return toxic, toxic.fault()
    except UsageError as exc:
        raise Refused(400, exc.message) from None


def _read(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as exc:
        raise Refused(400, f"bad request body: {exc}") from None
