"""SNMP, replayed: requests by what they ask for; responses take over their numbers (RFC 3416 §4.1).

What is authenticated can't be changed without its key: such answers are said as they were recorded.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import SERVER
from netloom.packet.tape.buffered import Buffered, Whole
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.snmp import message as messages
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import v3
from netloom.wire.snmp.message import Message
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.v3 import MessageV3
from netloom.wire.snmp.values import TIME_TICKS, Varbind


class _About(Struct, frozen=True):
    """A message and its PDU, as far as it can be read, with the numbers that tie an answer to its request."""

    message: Message | MessageV3
    pdu: Pdu | TrapV1 | None
    scope: tuple[bytes, bytes] = (b"", b"")

    @property
    def numbers(self) -> tuple[int, int]:
        """The message's, and the request's."""
        request = self.pdu.request_id if isinstance(self.pdu, Pdu) else 0
        return self.message.header.msg_id if isinstance(self.message, MessageV3) else 0, request


class Replay(Part):
    """One pair of places."""

    adapts: ClassVar[frozenset[str]] = frozenset({SERVER})

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], tuple[int, int]] = {}

    def units(self, transport: str) -> Units:
        """Messages."""
        return _Datagrams() if transport == "udp" else _Messages()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember by the recorded numbers those that were heard."""
        if recorded.about is not None and heard.about is not None:
            self._numbers[recorded.about.numbers] = heard.about.numbers

    def adapt(self, unit: Unit) -> bytes:
        """A response to what was asked in fact."""
        about: _About | None = unit.about
        known = self._known(about) if about is not None else None
        if about is None or known is None or not isinstance(about.pdu, Pdu):
            return unit.data
        number, request = known
        pdu = replace(about.pdu, request_id=request)
        if isinstance(about.message, Message):
            return messages.emit(replace(about.message, pdu=pdu))
        header = replace(about.message.header, msg_id=number)
        return v3.emit(header, about.message.security, v3.emit_scoped(*about.scope, pdus.emit(pdu)))[0]

    def answers(self, asked: Unit, answer: Unit) -> bool:
        """By their numbers; a report may not know the request's."""
        one, other = asked.about, answer.about
        if one is None or other is None:
            return False
        return bool(one.numbers == other.numbers or (one.numbers[0] and one.numbers[0] == other.numbers[0]))

    def _known(self, about: _About) -> tuple[int, int] | None:
        number, request = about.numbers
        found = self._numbers.get((number, request))
        if found is not None or not number:
            return found
        return next(((new, request) for (old, _), (new, _) in self._numbers.items() if old == number), None)


class _Datagrams(Whole):
    def unit(self, sender: str, data: bytes) -> Unit:
        return _unit(sender, data)


class _Messages(Buffered):
    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        try:
            found = messages.unframed(bytes(buffer))
        except RemoteProtocolError:
            return Unit(sender, bytes(buffer), buffer.hex())
        return _unit(sender, found[0]) if found is not None else 0


def _unit(sender: str, data: bytes) -> Unit:
    """A message; what isn't one, or is encrypted, has to be the same to the letter."""
    try:
        about = _read(data)
    except RemoteProtocolError:
        return Unit(sender, data, data.hex())
    if about.pdu is None:
        return Unit(sender, data, data.hex(), about)
    message, pdu = about.message, about.pdu
    who = message.community if isinstance(message, Message) else message.security.user
    if isinstance(pdu, TrapV1):
        return Unit(sender, data, f"{who!r} {pdu}", about)
    binds = [(bind.oid, _counts(pdu, bind)) for bind in pdu.varbinds]
    return Unit(sender, data, f"{who!r} {pdu.kind} {pdu.status} {pdu.index} {binds}", about)


def _counts(pdu: Pdu, bind: Varbind) -> object:
    """The value that counts: what an agent measures, and how long it runs, doesn't."""
    return None if pdu.kind == pdus.RESPONSE or bind.tag == TIME_TICKS else bind.value


def _read(data: bytes) -> _About:
    if messages.version_of(data) != messages.V3:
        message = messages.parse(data)
        return _About(message, message.pdu)
    secured = v3.parse(data)
    if secured.header.flags & (v3.AUTH | v3.PRIV):
        return _About(secured, None)
    scoped = v3.parse_scoped(secured.data)
    return _About(secured, scoped.pdu, (scoped.engine_id, scoped.context))
