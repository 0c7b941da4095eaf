"""MQTT 5's properties: one table of identifiers, types and the packets that may have them (MQTT 5.0 §2.2.2)."""

from __future__ import annotations

from msgspec import Struct

from netloom.errors import LocalProtocolError
from netloom.wire.mqtt.fields import VARINT_LIMIT, Cursor, emit_binary, emit_integer, emit_text, emit_varint
from netloom.wire.mqtt.reasons import Kind, PacketError, Reason
from netloom.wire.mqtt.topics import wrong_name

_RULE = "MQTT 5.0 §2.2.2"


class Properties(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All properties there are; None, or none of them, where a packet doesn't say.

    Intervals are seconds. `session_expiry` 0xFFFFFFFF is never; `payload_format` True says that it is UTF-8.
    """

    payload_format: bool | None = None
    message_expiry: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    subscription_identifiers: tuple[int, ...] = ()
    session_expiry: int | None = None
    assigned_client_id: str | None = None
    server_keep_alive: int | None = None
    authentication_method: str | None = None
    authentication_data: bytes | None = None
    request_problem_information: bool | None = None
    will_delay: int | None = None
    request_response_information: bool | None = None
    response_information: str | None = None
    server_reference: str | None = None
    reason_string: str | None = None
    receive_maximum: int | None = None
    topic_alias_maximum: int | None = None
    topic_alias: int | None = None
    maximum_qos: int | None = None
    retain_available: bool | None = None
    user: tuple[tuple[str, str], ...] = ()
    maximum_packet_size: int | None = None
    wildcard_subscriptions: bool | None = None
    subscription_identifiers_available: bool | None = None
    shared_subscriptions: bool | None = None

    def __repr__(self) -> str:
        """Those that are there; authentication data isn't shown."""
        said = [
            f"{name}={'***' if name == 'authentication_data' else repr(value)}"
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not None and value != ()
        ]
        return f"Properties({', '.join(said)})"


NONE = Properties()
"""No property at all."""

WILL = 0
"""The will's own properties stand in CONNECT, but have a table entry of their own."""

_K = Kind
_MESSAGE = (_K.PUBLISH, WILL)
_SESSION = (_K.CONNECT, _K.CONNACK)
_AUTH = (_K.CONNECT, _K.CONNACK, _K.AUTH)
_REASON = (
    _K.CONNACK, _K.PUBACK, _K.PUBREC, _K.PUBREL, _K.PUBCOMP, _K.SUBACK, _K.UNSUBACK, _K.DISCONNECT, _K.AUTH,
)  # fmt: skip
_USER = (*_REASON, _K.CONNECT, _K.PUBLISH, WILL, _K.SUBSCRIBE, _K.UNSUBSCRIBE)


class _Entry(Struct, frozen=True):
    """An identifier's name, its type (`bool` is a byte of 0 or 1, `some` an integer that isn't 0) and its packets."""

    name: str
    type: str
    packets: frozenset[int]


_TABLE: dict[int, _Entry] = {
    number: _Entry(name, kind, frozenset(packets))
    for number, name, kind, packets in (
        (1, "payload_format", "bool", _MESSAGE),
        (2, "message_expiry", "u32", _MESSAGE),
        (3, "content_type", "text", _MESSAGE),
        (8, "response_topic", "topic", _MESSAGE),
        (9, "correlation_data", "binary", _MESSAGE),
        (11, "subscription_identifiers", "varints", (_K.PUBLISH, _K.SUBSCRIBE)),
        (17, "session_expiry", "u32", (*_SESSION, _K.DISCONNECT)),
        (18, "assigned_client_id", "text", (_K.CONNACK,)),
        (19, "server_keep_alive", "u16", (_K.CONNACK,)),
        (21, "authentication_method", "text", _AUTH),
        (22, "authentication_data", "binary", _AUTH),
        (23, "request_problem_information", "bool", (_K.CONNECT,)),
        (24, "will_delay", "u32", (WILL,)),
        (25, "request_response_information", "bool", (_K.CONNECT,)),
        (26, "response_information", "text", (_K.CONNACK,)),
        (28, "server_reference", "text", (_K.CONNACK, _K.DISCONNECT)),
        (31, "reason_string", "text", _REASON),
        (33, "receive_maximum", "some16", _SESSION),
        (34, "topic_alias_maximum", "u16", _SESSION),
        (35, "topic_alias", "some16", (_K.PUBLISH,)),
        (36, "maximum_qos", "qos", (_K.CONNACK,)),
        (37, "retain_available", "bool", (_K.CONNACK,)),
        (38, "user", "pairs", _USER),
        (39, "maximum_packet_size", "some32", _SESSION),
        (40, "wildcard_subscriptions", "bool", (_K.CONNACK,)),
        (41, "subscription_identifiers_available", "bool", (_K.CONNACK,)),
        (42, "shared_subscriptions", "bool", (_K.CONNACK,)),
    )
}
_SIZES = {"u16": 2, "u32": 4, "some16": 2, "some32": 4}


def parse(cursor: Cursor, packet: int) -> Properties:
    """A packet's properties (`packet` is its Kind, or WILL) behind their length. Raises PacketError."""
    size = cursor.varint()
    if not size:
        return NONE
    if size > cursor.left:
        raise PacketError("properties that are longer than their packet", rule=_RULE, offset=cursor.at)
    inner = Cursor(cursor.data, cursor.at, cursor.at + size)
    cursor.at += size
    found: dict[str, object] = {}
    users: list[tuple[str, str]] = []
    identifiers: list[int] = []
    while inner.left:
        at = inner.at
        number = inner.varint()
        entry = _TABLE.get(number)
        if entry is None or packet not in entry.packets:
            raise PacketError(f"property {number} has no place in this packet", rule=_RULE, offset=at)
        if entry.type == "pairs":
            users.append((inner.text(), inner.text()))
        elif entry.type == "varints":
            identifiers.append(_identifier(inner))
        elif entry.name in found:
            raise _wrong(f"{entry.name} twice", at)
        else:
            found[entry.name] = _value(inner, entry.type, entry.name)
    if len(identifiers) > 1 and packet == Kind.SUBSCRIBE:
        raise _wrong("two subscription identifiers", inner.end)
    return Properties(**found, user=tuple(users), subscription_identifiers=tuple(identifiers))  # type: ignore[arg-type]  # by the table


def _value(cursor: Cursor, kind: str, name: str) -> object:
    at = cursor.at
    if kind in ("bool", "qos"):
        octet = cursor.byte()
        if octet > 1:
            raise _wrong(f"{name} is {octet}, and not 0 or 1", at)
        return bool(octet) if kind == "bool" else octet
    if kind == "binary":
        return cursor.binary()
    if kind == "text":
        return cursor.text()
    if kind == "topic":
        topic = cursor.text()
        problem = wrong_name(topic)
        if problem:
            raise _wrong(f"{name}: {problem}", at)
        return topic
    number = int.from_bytes(cursor.take(_SIZES[kind]), "big")
    if not number and kind.startswith("some"):
        reason = Reason.TOPIC_ALIAS_INVALID if name == "topic_alias" else Reason.PROTOCOL_ERROR
        raise PacketError(f"{name} is 0", rule=_RULE, reason=reason, offset=at)
    return number


def _identifier(cursor: Cursor) -> int:
    at = cursor.at
    number = cursor.varint()
    if not number:
        raise _wrong("a subscription identifier is 0", at)
    return number


def _wrong(message: str, at: int) -> PacketError:
    return PacketError(message, rule=_RULE, reason=Reason.PROTOCOL_ERROR, offset=at)


# Emission

_BY_NAME = {entry.name: (emit_varint(number), entry) for number, entry in _TABLE.items()}


def emit(properties: Properties, packet: int) -> bytes:
    """Properties behind their length. Raises LocalProtocolError for those that the packet can't have."""
    if properties is NONE:
        return b"\0"
    parts: list[bytes] = []
    for name in properties.__struct_fields__:
        value = getattr(properties, name)
        if value is None or value == ():
            continue
        number, entry = _BY_NAME[name]
        if packet not in entry.packets:
            raise LocalProtocolError(f"{name} has no place in this packet", rule=_RULE)
        parts += _said(number, entry, value)
    body = b"".join(parts)
    return emit_varint(len(body)) + body


def _said(number: bytes, entry: _Entry, value: object) -> list[bytes]:
    name = entry.name
    if isinstance(value, tuple):
        if entry.type == "pairs":
            return [number + emit_text(key, "user property") + emit_text(text, "user property") for key, text in value]
        if not all(0 < one <= VARINT_LIMIT for one in value):
            raise LocalProtocolError(f"a subscription identifier is 1 to {VARINT_LIMIT}", rule=_RULE)
        return [number + emit_varint(one) for one in value]
    if isinstance(value, str):
        problem = wrong_name(value) if entry.type == "topic" else ""
        if problem:
            raise LocalProtocolError(f"{name}: {problem}", rule=_RULE)
        return [number + emit_text(value, name)]
    if isinstance(value, bytes):
        return [number + emit_binary(value, name)]
    size = _SIZES.get(entry.type, 1)
    assert isinstance(value, int)  # noqa: S101  # by the table
    if (size == 1 and value > 1) or (not value and entry.type.startswith("some")):
        raise LocalProtocolError(f"{name} can't be {value}", rule=_RULE)
    return [number + emit_integer(value, size, name)]
