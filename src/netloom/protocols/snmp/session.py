"""One manager's dialogue with one agent, in any version: a request out, its response in (RFC 3412, RFC 3416 §4)."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import LocalProtocolError, RemoteProtocolError, UsageError
from netloom.protocols.snmp.options import identity
from netloom.protocols.snmp.way import Way
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import V1, V2C
from netloom.wire.snmp.pdu import REPORT, RESPONSE, Pdu, TrapV1
from netloom.wire.snmp.values import Varbind, emit_varbinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.protocols.snmp.options import Identity, Options
    from netloom.protocols.snmp.security import Secured
    from netloom.wire.oid import Oid

ROUNDS = 4
"""How often a request is asked again because the agent reported that it knows something better."""


class Session:
    """Requests to one agent, one at a time. In v3 the agent's engine is discovered by the first."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        self.identity = identity(endpoint, options)
        self.version = self.identity.version
        self.options = options
        self.way = Way(dial, options)
        self._number = V1 if self.version == "1" else V2C
        self.secured = _secured(self.identity, options) if self.version == "3" else None

    async def ask(self, kind: int, varbinds: Sequence[Varbind], status: int = 0, index: int = 0) -> Pdu:
        """The response to a request, whatever its status. In a get-bulk, `status` is non-repeaters, `index` is
        max-repetitions. Raises Unauthenticated, DeadlineExceeded, RemoteProtocolError."""
        request_id = number()
        try:
            pdu = pdus.framed(kind, request_id, status, index, emit_varbinds(list(varbinds)))
        except LocalProtocolError as exc:
            raise UsageError(exc.message, hint=exc.hint) from None
        if self.secured is not None:
            return await self._ask_secured(self.secured, pdu, request_id)
        community = self.identity.community
        version = self._number

        def take(data: bytes) -> Pdu | None:
            heard = message.parse(data)
            found = heard.pdu
            if isinstance(found, TrapV1) or found.request_id != request_id or found.kind != RESPONSE:
                return None
            return found if heard.version == version and heard.community == community else None

        return await self.way.exchange(message.around(version, community, pdu), take)

    async def get(self, oids: Sequence[Oid]) -> Pdu:
        """Ask for values; for fewer at once where that was too much for one answer."""
        response = await self.ask(pdus.GET, [Varbind(oid) for oid in oids])
        if response.status != pdus.TOO_BIG or len(oids) < 2:
            return response
        half = len(oids) // 2
        first = await self.get(oids[:half])
        if first.status:
            return first
        rest = await self.get(oids[half:])
        if rest.status:
            return msgspec.structs.replace(rest, index=rest.index + half if rest.index else 0)
        return msgspec.structs.replace(rest, varbinds=first.varbinds + rest.varbinds)

    async def discover(self) -> Secured:
        """Who the agent's engine is, and its clock, which needs no password. Raises UsageError outside of v3."""
        if self.secured is None:
            raise UsageError(f"version {self.version} has no engines", hint="version=3")
        secured, msg_id = self.secured, number()
        await self.way.exchange(
            secured.discovery(msg_id), lambda data: secured.discovered(data, msg_id, asyncio.get_running_loop().time())
        )
        return secured

    async def tell(self, told: Pdu | TrapV1) -> None:
        """Send a trap, which nobody confirms."""
        data = pdus.emit(told)
        if self.secured is not None:
            await self.way.tell(self.secured.trap(data, number()))
        else:
            await self.way.tell(message.around(self._number, self.identity.community, data))

    async def close(self) -> None:
        """Close the connection."""
        await self.way.close()

    async def _ask_secured(self, secured: Secured, pdu: bytes, request_id: int) -> Pdu:
        clock = asyncio.get_running_loop().time
        if not secured.engine_id:
            await self.discover()
        rounds = 0
        while True:
            msg_id = number()
            data = secured.request(pdu, msg_id, clock())
            found = await self.way.exchange(data, lambda data, msg_id=msg_id: secured.response(data, msg_id, clock()))  # type: ignore[misc]  # a default binds the loop's variable
            if found.kind != REPORT:
                if found.request_id != request_id:
                    raise RemoteProtocolError("the response is to another request", rule="RFC 3416 §4")
                return found
            rounds += 1
            if rounds == ROUNDS:
                raise secured.unmet(found)


def _secured(identity: Identity, options: Options) -> Secured:
    """Cryptography is loaded for who needs it."""
    from netloom.protocols.snmp.security import Secured

    return Secured(identity, options)


def number() -> int:
    """A request's or a message's number, which nobody can guess."""
    return int.from_bytes(os.urandom(4)) >> 1
