"""SNMP: messages of every version, scoped PDUs, and messages in a stream."""

from __future__ import annotations

from netloom.wire.snmp import message, v3
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import V1, V2C, Message
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.v3 import Header, Security
from netloom.wire.snmp.values import COUNTER64, IP_ADDRESS, OBJECT, OCTETS, TIME_TICKS, Varbind
from tests.security.parsers.parser import Parser

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
BINDS = (
    Varbind(NAME, OCTETS, b"greenhouse-1"),
    Varbind((1, 3, 6, 1, 2, 1, 1, 3, 0), TIME_TICKS, 4711),
    Varbind((1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 1), COUNTER64, 2**40),
    Varbind((1, 3, 6, 1, 2, 1, 4, 20, 1, 1, 127, 0, 0, 1), IP_ADDRESS, b"\x7f\0\0\x01"),
    Varbind((1, 3, 6, 1, 2, 1, 1, 2, 0), OBJECT, (1, 3, 6, 1, 4, 1, 8072)),
)
PLAIN = [
    message.emit(Message(V2C, b"public", Pdu(pdus.GET, 4711, 0, 0, (Varbind(NAME),)))),
    message.emit(Message(V2C, b"public", Pdu(pdus.RESPONSE, 4711, 0, 0, BINDS))),
    message.emit(Message(V1, b"public", TrapV1((1, 3, 6, 1, 4, 1, 8072), b"\x7f\0\0\x01", 6, 7, 4711, BINDS[:2]))),
]
SCOPED = v3.emit_scoped(b"an engine", b"context", pdus.emit(Pdu(pdus.GET, 4711, 0, 0, BINDS)))
SECURED = [
    v3.emit(Header(7, 65_507, 4), Security(), SCOPED)[0],
    v3.emit(Header(7, 65_507, 7), Security(b"an engine", 5, 4711, b"ann", bytes(24), bytes(8)), bytes(80))[0],
]


def _any(said: bytes) -> object:
    """What a server does with a message before anything of it is verified."""
    return v3.parse(said) if message.version_of(said) == message.V3 else message.parse(said)


PARSERS = {
    "SNMP messages": Parser(_any, [*PLAIN, *SECURED]),
    "SNMP scoped PDUs": Parser(v3.parse_scoped, [SCOPED]),
    "SNMP in a stream": Parser(message.unframed, [*PLAIN, *SECURED]),
}
SAID = {"snmp": [*PLAIN, *SECURED]}
