"""What an agent tells by itself: that it has started, that a community was wrong, that a value has changed."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.endpoint import Endpoint, Secret
from netloom.errors import NetloomError, UsageError
from netloom.links.dial import Dialler
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.protocols.snmp.client import Client
from netloom.protocols.snmp.options import Options
from netloom.registry import settle
from netloom.wire.snmp.convert import SNMP_TRAPS
from netloom.wire.snmp.values import TAGS, Varbind

if TYPE_CHECKING:
    from netloom.contents.registers import Registers
    from netloom.links.network import Network
    from netloom.protocols.snmp.engine import Engine
    from netloom.wire.oid import Oid

log = logging.getLogger("netloom.serve")

WAITING = 64
"""Notifications that may wait; what comes beyond is dropped."""
PATIENCE = 10.0
"""Seconds that each receiver has."""
_SWITCHES = {"": "true", "yes": "true", "on": "true", "no": "false", "off": "false"}
COLD_START: Oid = (*SNMP_TRAPS, 1)
AUTHENTICATION_FAILURE: Oid = (*SNMP_TRAPS, 5)


class Notifier:
    """Tells some receivers, one notification after the other."""

    def __init__(self, registers: Registers, engine: Engine, places: tuple[str, ...], network: Network) -> None:
        """Raises UsageError for a place that is none."""
        self._registers = registers
        self._engine = engine
        self._targets = [receiver(place) for place in places]
        self._network = network
        self._waiting: asyncio.Queue[tuple[Oid, list[Varbind]]] = asyncio.Queue(WAITING)

    def tell(self, kind: Oid, about: list[Varbind] | None = None) -> None:
        """Have something told soon, unless too much waits already."""
        if not self._waiting.full():
            self._waiting.put_nowait((kind, about or []))

    def wrong_community(self) -> None:
        """Somebody used a community that is none (RFC 3418, authenticationFailure)."""
        if self._engine.tells_wrong_communities:
            self.tell(AUTHENTICATION_FAILURE)

    async def run(self) -> None:
        """Tell of the start, and then of whatever comes, until cancelled."""
        self.tell(COLD_START)
        watched = [name for name in self._registers.names if self._registers.named(name).notify]
        if not watched:
            await self._work()
            return
        async with self._registers.watch(*watched) as changes, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work())
            async for name, value in changes:
                register = self._registers.named(name)
                try:
                    bind = Varbind(register.oid, TAGS[register.smi], register.to_smi(value))
                except NetloomError:
                    continue  # it can't be said in SNMP, so it isn't told
                self.tell(register.notify, [bind])

    async def _work(self) -> None:
        while True:
            kind, about = await self._waiting.get()
            for target in self._targets:
                await self._send(target, kind, about)

    async def _send(self, target: tuple[Endpoint, LinkOptions, Options], kind: Oid, about: list[Varbind]) -> None:
        endpoint, link, options = target
        if not options.engine_id:
            options = msgspec.structs.replace(options, engine_id=self._engine.id.hex())
        dial = Dialler(self._network, endpoint, link, Trace(self._network.clock))
        uptime = int((self._engine.loop.time() - self._engine.clock.started) * 100)
        try:
            async with asyncio.timeout(PATIENCE):
                await Client(dial, endpoint, options).notify(kind, about, uptime)
            self._engine.counts.out_traps += 1
            self._engine.counts.out_pkts += 1
        except (NetloomError, TimeoutError) as exc:
            log.warning("%s wasn't told of %s: %s", endpoint, kind, str(exc) or "too late")
        finally:
            await dial.close()


@functools.lru_cache(maxsize=256)
def receiver(text: str) -> tuple[Endpoint, LinkOptions, Options]:
    """A receiver's endpoint and its options, the link's and our own. Raises UsageError."""
    declared, _, endpoint = settle(Endpoint.parse(text))
    if declared.name != "snmp":
        raise UsageError(f"{endpoint} receives no notifications", hint="notify=snmptrap://COMMUNITY@HOST")
    own: dict[str, Any] = {}
    link: dict[str, Any] = {}
    for name, value in endpoint.options:
        if name == "mibs":
            own[name] = (*own.get(name, ()), value)
        else:
            (own if name in Options.__struct_fields__ else link)[name] = _SWITCHES.get(value.lower(), value)
    try:
        options = msgspec.convert(own, Options, strict=False, dec_hook=lambda _, value: Secret(str(value)))
        return endpoint, msgspec.convert(link, _Strict, strict=False), options
    except msgspec.ValidationError as exc:
        raise UsageError(f"{endpoint}: {exc}", hint="switches are yes or no") from None


class _Strict(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link's options, no others."""
