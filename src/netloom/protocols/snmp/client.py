"""SNMP, the manager's side: values by their names, walks, sets and notifications (RFC 3416, RFC 3413)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, UsageError
from netloom.protocols.snmp.answers import Shown, raise_for, refused, same_objects
from netloom.protocols.snmp.names import names
from netloom.protocols.snmp.notification import agent_address, line_of, read, varbinds
from netloom.protocols.snmp.options import Options as SnmpOptions
from netloom.protocols.snmp.session import Session, number
from netloom.protocols.snmp.target import target
from netloom.protocols.snmp.walk import walk
from netloom.shapes import Reply
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import trap_v1
from netloom.wire.snmp.mib import Syntax
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.text import is_typed, parse_value
from netloom.wire.snmp.values import EXCEPTIONS, OCTETS, TYPES, Varbind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.records import Entry, Message
    from netloom.wire.oid import Oid

BODY_LIMIT = 1 << 20
"""Octets of what is to be set."""
SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
_SYSTEM_VALUES = tuple((*SYSTEM, number, 0) for number in (1, 2, 3, 4, 5, 6))
_MIB_2: Oid = (1, 3, 6, 1, 2, 1)


class Client:
    """Talks to an agent, or to whoever receives notifications."""

    Options = SnmpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SnmpOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.session = Session(dial, endpoint, options)
        self.shown = Shown(names(options.mibs), options.numeric)

    async def get(self, path: str) -> Reply:
        """The values that the path names, or `?oid=…`; without any, those that tell what a device is.

        One is given by itself, several by their names. Raises PeerRefused with the status' name, or noSuchObject.
        """
        oids = self.target(path)
        session, options = self.session, self.options
        several = len(oids) != 1
        oids = oids or _SYSTEM_VALUES
        if options.request == "get":
            response = await session.get(oids)
            raise_for(response, oids, self.shown)
            return self.shown.reply(same_objects(response, oids), session.version, several)
        asked = [Varbind(oid) for oid in oids]
        if options.request == "next":
            response = await session.ask(pdus.GET_NEXT, asked)
        else:
            if session.version == "1":
                raise UsageError("version 1 has no get-bulk", hint="request=next")
            response = await session.ask(pdus.GET_BULK, asked, options.non_repeaters, options.max_repetitions)
            several = True
        raise_for(response, oids, self.shown)
        return self.shown.reply(response.varbinds, session.version, several)

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """Walk through what stands below the objects that the path names, or below mib-2: an entry a value."""
        for root in self.target(path) or (_MIB_2,):
            async for bind in walk(self.session, root, self.shown):
                yield self.shown.entry(bind)

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Set a value, `i 5`, `INTEGER: 5` or `5`; or without a path several at once, lines `OID TYPE VALUE`.

        Where no type is given it is the object's, or that of the value which is there. Raises PeerRefused.
        """
        oids = self.target(path)
        text = bytearray()
        async for chunk in body:
            text += chunk
            if len(text) > BODY_LIMIT:
                raise UsageError(f"what is set has at most {BODY_LIMIT} octets")
        if len(oids) > 1:
            raise UsageError("several values are set by lines", hint="OID TYPE VALUE, without a path")
        wanted = [await self._typed(oids[0], bytes(text))] if oids else _lines(bytes(text), self.shown)
        response = await self.session.ask(pdus.SET, wanted)
        asked = [bind.oid for bind in wanted]
        raise_for(response, asked, self.shown)
        return self.shown.reply(same_objects(response, asked), self.session.version, not oids)

    async def send(self, message: Message) -> Reply:
        """Tell something: the path or the topic says what, lines `OID TYPE VALUE` with which values.

        A trap isn't confirmed; `inform` has it confirmed. Raises PeerRefused where it is refused.
        """
        kind, about = read(message.topic or self.endpoint.path.strip("/"), message.payload, self.shown.mib)
        return await self.notify(kind, about)

    async def notify(self, kind: Oid, about: Sequence[Varbind], uptime: int | None = None) -> Reply:
        """Tell of an event. `uptime` in hundredths of a second; without it, that of this process."""
        told = varbinds(kind, about, uptime)
        session = self.session
        meta = {"notification": self.shown.name(kind), "version": session.version, "confirmed": self.options.inform}
        if self.options.inform:
            if session.version == "1":
                raise UsageError("version 1 has no inform", hint="version=2c")
            response = await session.ask(pdus.INFORM, told)
            raise_for(response, (kind,), self.shown)
            return Reply(meta)
        pdu = Pdu(pdus.TRAP, number(), varbinds=told)
        try:
            old = trap_v1(pdu, agent_address(self.options.agent_address)) if session.version == "1" else pdu
            await session.tell(old)
        except LocalProtocolError as exc:
            raise UsageError(exc.message, hint=exc.hint) from None
        return Reply(meta)

    async def close(self) -> None:
        """Close the connection."""
        await self.session.close()

    def target(self, path: str = "") -> tuple[Oid, ...]:
        """The objects that a path and the endpoint's query name. Raises UsageError."""
        return target(path or self.endpoint.path, self.endpoint.query, self.options.mibs)

    # Inside

    async def _typed(self, oid: Oid, body: bytes) -> Varbind:
        """What is to be set, with its type: that which is said, the object's, or that of the value which is there."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return Varbind(oid, OCTETS, body)
        text = text.removesuffix("\n").removesuffix("\r")
        syntax = self.shown.mib.syntax(oid)
        if syntax is None and not is_typed(text):
            response = await self.session.get((oid,))
            raise_for(response, (oid,), self.shown)
            (there,) = same_objects(response, (oid,))
            if there.tag in EXCEPTIONS:
                raise refused(TYPES[there.tag], self.shown.name(oid))
            syntax = Syntax(TYPES[there.tag])
        try:
            return Varbind(oid, *parse_value(text, self.shown.mib, syntax))
        except LocalProtocolError as exc:
            raise UsageError(exc.message, hint=exc.hint) from None


def _lines(body: bytes, shown: Shown) -> list[Varbind]:
    """Several values that are set at once. Raises UsageError."""
    try:
        lines = [line for line in body.decode().splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise UsageError("values are set by lines of text, in UTF-8") from None
    if not lines:
        raise UsageError("what is to be set?", hint="OID TYPE VALUE, a line each, or a path and its value")
    return [line_of(line, shown.mib) for line in lines]
