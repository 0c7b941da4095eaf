"""SNMP, the passive decoder: datagrams, or a stream's messages. It deciphers nothing (RFC 3412 §6)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.records import Said
from netloom.wire.snmp import message, v3
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import notification, taken_apart
from netloom.wire.snmp.message import MESSAGE_LIMIT, V3
from netloom.wire.snmp.mibs import standard
from netloom.wire.snmp.pdu import CONFIRMED, Pdu, TrapV1
from netloom.wire.snmp.text import plain
from netloom.wire.snmp.values import EXCEPTIONS, TYPES, Varbind

_SHOWN = 4
"""Bindings of a message that are spelled out."""
_WIDTH = 80
_HIDDEN = "•••"


class Decoder:
    """Each message in words. A community is a secret: it isn't told."""

    def __init__(self) -> None:
        self._buffers: dict[str, bytes] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A datagram, or a piece of a stream."""
        try:
            told = words(data)
        except RemoteProtocolError as exc:
            return self._stream(sender, data, exc.message)
        self._buffers.pop(sender, None)
        return [Said(sender=sender, words=told, size=len(data))]

    def _stream(self, sender: str, data: bytes, problem: str) -> list[Said]:
        begun = self._buffers.pop(sender, b"")
        buffer = begun + data
        said = []
        try:
            while found := message.unframed(buffer):
                piece, size = found
                try:
                    told = words(piece)
                except RemoteProtocolError as exc:
                    told = f"no SNMP message: {exc.message}"
                said.append(Said(sender=sender, words=told, size=size))
                buffer = buffer[size:]
        except RemoteProtocolError:
            said.append(Said(sender=sender, words=f"no SNMP message: {problem}", size=len(buffer)))
            return said
        self._buffers[sender] = buffer[:MESSAGE_LIMIT]
        return said


def words(data: bytes) -> str:
    """A message on one line. Raises RemoteProtocolError."""
    if message.version_of(data) == V3:
        return _secured(v3.parse(data))
    heard = message.parse(data)
    return f"v{message.VERSIONS[heard.version]} {_HIDDEN}: {_pdu(heard.pdu)}"


def _secured(heard: v3.MessageV3) -> str:
    header, said = heard.header, heard.security
    who = said.user.decode("utf-8", "replace") or "nobody"
    about = f"v3 {who}"
    if header.model != v3.USM:
        return f"v3, security model {header.model}"
    if header.flags & v3.PRIV:
        return f"{about}: {len(heard.data)} octets, encrypted"
    scoped = v3.parse_scoped(heard.data)
    if not said.engine_id and scoped.pdu.kind in CONFIRMED:
        return "v3: who are you?"
    if scoped.pdu.kind == pdus.REPORT:
        why = ", ".join([standard().name(bind.oid) for bind in scoped.pdu.varbinds[:_SHOWN]])
        return f"v3 report: {why} (engine {said.engine_id.hex()}, boot {said.boots}, {said.time} s)"
    return f"{about}: {_pdu(scoped.pdu)}"


def _pdu(pdu: Pdu | TrapV1) -> str:
    if isinstance(pdu, TrapV1):
        pdu = notification(pdu)
    mib = standard()
    if pdu.kind in (pdus.TRAP, pdus.INFORM):
        try:
            _, kind, about = taken_apart(pdu)
        except LocalProtocolError:
            return f"{pdus.KINDS[pdu.kind]} {_values(pdu.varbinds)}"
        return f"{pdus.KINDS[pdu.kind]} {mib.name(kind)} {_values(about)}".rstrip()
    if pdu.kind == pdus.RESPONSE:
        if pdu.status:
            index = pdu.index
            about_it = f" at {mib.name(pdu.varbinds[index - 1].oid)}" if 1 <= index <= len(pdu.varbinds) else ""
            return f"{pdus.error_name(pdu.status)}{about_it}"
        return _values(pdu.varbinds) or "nothing"
    if pdu.kind == pdus.SET:
        return f"set {_values(pdu.varbinds)}"
    asked = ", ".join([mib.name(bind.oid) for bind in pdu.varbinds[:_SHOWN]])
    more = f" and {len(pdu.varbinds) - _SHOWN} more" if len(pdu.varbinds) > _SHOWN else ""
    rounds = f", {pdu.index} times" if pdu.kind == pdus.GET_BULK else ""
    return f"{pdus.KINDS[pdu.kind]} {asked}{more}{rounds}?"


def _values(binds: tuple[Varbind, ...]) -> str:
    shown = "; ".join([_value(bind) for bind in binds[:_SHOWN]])
    return shown + (f" and {len(binds) - _SHOWN} more" if len(binds) > _SHOWN else "")


def _value(bind: Varbind) -> str:
    mib = standard()
    name = mib.name(bind.oid)
    if bind.oid[:10] == _COMMUNITIES:
        return f"{name} = {_HIDDEN}"
    if bind.tag in EXCEPTIONS or bind.value is None:
        return f"{name}: {TYPES[bind.tag]}"
    text = str(plain(bind.tag, bind.value, mib.syntax(bind.oid), mib))
    return f"{name} = {text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…'}"


_COMMUNITIES = (1, 3, 6, 1, 6, 3, 18, 1, 1, 1)
"""snmpCommunityEntry: communities that are values (RFC 3584 §5.3)."""


def is_request(data: bytes) -> bool:
    """Whether a first payload is what a manager, or who has something to tell, begins with."""
    try:
        if message.version_of(data) == V3:
            return bool(v3.parse(data).header.msg_id + 1)
        pdu = message.parse(data).pdu
    except RemoteProtocolError:
        return False
    return isinstance(pdu, TrapV1) or pdu.kind not in (pdus.RESPONSE, pdus.REPORT)
