"""Who receives notifications: each is a message on a bus; those that want it are confirmed (RFC 3413 §3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.errors import LocalProtocolError
from netloom.protocols.snmp.agent import Answer, Asked
from netloom.records import Message
from netloom.wire.oid import show_oid
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import TRAP_ADDRESS, TRAP_ENTERPRISE, address, taken_apart
from netloom.wire.snmp.mibs import MESSAGE, MESSAGE_TEXT
from netloom.wire.snmp.text import duration, typed
from netloom.wire.snmp.values import Varbind, emit_varbinds

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.protocols.snmp.engine import Engine
    from netloom.wire.oid import Oid
    from netloom.wire.snmp.mib import Mib


class Receiver:
    """Puts what it is told on a bus: the topic is the notification's name, the payload its values, a line each."""

    kinds = frozenset((pdus.TRAP, pdus.TRAP_V1, pdus.INFORM))
    is_open = True

    def __init__(self, bus: Bus, engine: Engine, mib: Mib) -> None:
        self.engine = engine
        self._bus = bus
        self._mib = mib

    def respond(self, asked: Asked) -> Answer | None:
        """The confirmation of an inform. What is no notification isn't told any further."""
        self.engine.counts.in_traps += 1
        try:
            uptime, kind, about = taken_apart(asked.pdu)
            self._bus.publish(self._message(asked, uptime, kind, about))
        except LocalProtocolError:
            return Answer(pdus.GEN_ERR, 0, (emit_varbinds(asked.pdu.varbinds),))
        except TooLarge:
            return Answer(pdus.RESOURCE_UNAVAILABLE, 0, (emit_varbinds(asked.pdu.varbinds),))
        return Answer(varbinds=(emit_varbinds(asked.pdu.varbinds),))

    def _message(self, asked: Asked, uptime: int, kind: Oid, about: tuple[Varbind, ...]) -> Message:
        said = {bind.oid: bind.value for bind in about}
        properties = {
            "oid": show_oid(kind),
            "version": asked.version,
            "uptime": duration(uptime),
            "kind": "inform" if asked.pdu.kind == pdus.INFORM else "trap",
        }
        if asked.user:
            properties["user"] = asked.user
        agent, enterprise = said.get(TRAP_ADDRESS), said.get(TRAP_ENTERPRISE)
        if isinstance(agent, bytes) and len(agent) == 4 and address(agent):
            properties["agent"] = address(agent)
        if isinstance(enterprise, tuple):
            properties["enterprise"] = self._mib.name(enterprise)
        text = said.get(MESSAGE_TEXT)
        if kind == MESSAGE and isinstance(text, bytes):
            payload = text
        else:
            # Of a trap of version 1, the properties have what its conversion added.
            added = (TRAP_ADDRESS, TRAP_ENTERPRISE) if asked.version == "1" else ()
            payload = "\n".join([typed(bind, self._mib) for bind in about if bind.oid not in added]).encode()
        return Message(self._mib.name(kind), payload, sender=asked.source.place, properties=properties)
