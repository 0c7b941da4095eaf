"""What stands in each packet but PUBLISH, strictly (MQTT 5.0 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from netloom.wire.mqtt import packets, properties
from netloom.wire.mqtt.fields import Cursor
from netloom.wire.mqtt.packets import V5, V311, Packet
from netloom.wire.mqtt.properties import NONE, WILL
from netloom.wire.mqtt.reasons import ALLOWED, FAILURE, Kind, PacketError, Reason
from netloom.wire.mqtt.topics import SHARE, wrong_filter, wrong_name

if TYPE_CHECKING:
    from collections.abc import Callable

Sender = Literal["client", "server"]

_ID = "MQTT 5.0 §2.2.1"


class Inside(Cursor):
    """The inside of a packet, whose version and sender decide what may stand there."""

    __slots__ = ("sender", "version")

    version: int
    sender: Sender


# Connecting


def _connect(cursor: Inside) -> packets.Connect:
    if cursor.version:
        raise PacketError(
            "a second CONNECT", rule="MQTT 5.0 §3.1 [MQTT-3.1.0-2]", reason=Reason.PROTOCOL_ERROR, offset=cursor.at
        )
    at = cursor.at
    name, level = cursor.binary(), cursor.byte()
    if (name, level) not in ((b"MQTT", V311), (b"MQTT", V5)):
        known = name in (b"MQTT", b"MQIsdp")
        error = PacketError(
            f"{name[:20]!r} of level {level} isn't spoken here",
            rule="MQTT 5.0 §3.1.2.2 [MQTT-3.1.2-2]",
            reason=Reason.UNSUPPORTED_PROTOCOL_VERSION if known else Reason.MALFORMED_PACKET,
            offset=at,
        )
        error.level = level if known else 0
        raise error
    try:
        return _connect_of(cursor, level)
    except PacketError as error:
        error.level = level
        raise


def _connect_of(cursor: Cursor, level: int) -> packets.Connect:
    at = cursor.at
    flags, keep_alive = cursor.byte(), cursor.u16()
    has_user, has_password, has_will = flags & 128, flags & 64, flags & 4
    will_qos = flags >> 3 & 3
    if flags & 1:
        raise PacketError("the reserved flag is set", rule="MQTT 5.0 §3.1.2.3 [MQTT-3.1.2-3]", offset=at)
    if (not has_will and flags & 0x38) or will_qos == 3:
        rule = "MQTT 5.0 §3.1.2.6 [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13]"
        raise PacketError(f"the will's flags are {flags & 0x3C:#x}", rule=rule, offset=at)
    if has_password and not has_user and level == V311:
        raise PacketError("a password without a user", rule="MQTT 3.1.1 §3.1.2.9 [MQTT-3.1.2-22]", offset=at)
    said = properties.parse(cursor, Kind.CONNECT) if level == V5 else NONE
    if said.authentication_data is not None and said.authentication_method is None:
        raise PacketError(
            "authentication data without a method",
            rule="MQTT 5.0 §3.1.2.11.10",
            reason=Reason.PROTOCOL_ERROR,
            offset=cursor.at,
        )
    client_id = cursor.text()
    will = _will(cursor, level, will_qos, retain=bool(flags & 32)) if has_will else None
    return packets.Connect(
        version=level,
        client_id=client_id,
        clean_start=bool(flags & 2),
        keep_alive=keep_alive,
        user=cursor.text() if has_user else None,
        password=cursor.binary() if has_password else None,
        will=will,
        properties=said,
    )


def _will(cursor: Cursor, level: int, qos: int, *, retain: bool) -> packets.Will:
    said = properties.parse(cursor, WILL) if level == V5 else NONE
    at = cursor.at
    topic = cursor.text()
    problem = wrong_name(topic)
    if problem:
        raise PacketError(
            f"the will's topic: {problem}", rule="MQTT 5.0 §4.7.1", reason=Reason.TOPIC_NAME_INVALID, offset=at
        )
    return packets.Will(topic=topic, payload=cursor.binary(), qos=qos, retain=retain, properties=said)


def _connack(cursor: Inside) -> packets.ConnAck:
    at = cursor.at
    flags, reason = cursor.byte(), cursor.byte()
    if flags & 0xFE:
        raise PacketError(f"flags {flags:#x} in CONNACK", rule="MQTT 5.0 §3.2.2.1 [MQTT-3.2.2-1]", offset=at)
    # A server that doesn't know 5.0 says so as 3.1.1 does, without properties.
    plain = cursor.version == V311 or not cursor.left
    if reason not in ALLOWED[Kind.CONNACK] if not plain else reason > 5:
        raise PacketError(f"CONNACK with {reason:#04x}", rule="MQTT 5.0 §3.2.2.2 [MQTT-3.2.2-8]", offset=at + 1)
    if plain and cursor.version == V5 and reason != 1:
        raise PacketError("CONNACK without properties", rule="MQTT 5.0 §3.2.2.3", offset=cursor.at)
    if flags and reason:
        raise PacketError(
            "a session is there, and refused", rule="MQTT 5.0 §3.2.2.1.1 [MQTT-3.2.2-6]", reason=0x82, offset=at
        )
    said = NONE if plain else properties.parse(cursor, Kind.CONNACK)
    return packets.ConnAck(session_present=bool(flags), reason=reason, properties=said)


# Acknowledgements


_Ack = packets.PubAck | packets.PubRec | packets.PubRel | packets.PubComp
_ACKS: dict[Kind, type[_Ack]] = {
    Kind.PUBACK: packets.PubAck,
    Kind.PUBREC: packets.PubRec,
    Kind.PUBREL: packets.PubRel,
    Kind.PUBCOMP: packets.PubComp,
}


def _ack(kind: Kind) -> Callable[[Inside], Packet]:
    made, allowed = _ACKS[kind], ALLOWED[kind]

    def body(cursor: Inside) -> Packet:
        packet_id = _packet_id(cursor)
        if cursor.version == V311 or not cursor.left:
            return made(packet_id=packet_id)
        reason = _reason(cursor, allowed, kind)
        return made(packet_id=packet_id, reason=reason, properties=_rest(cursor, kind))

    return body


def _packet_id(cursor: Cursor) -> int:
    at = cursor.at
    packet_id = cursor.u16()
    if not packet_id:
        raise PacketError("packet id 0", rule=f"{_ID} [MQTT-2.2.1-3]", offset=at)
    return packet_id


def _reason(cursor: Cursor, allowed: frozenset[int], kind: Kind) -> int:
    at = cursor.at
    reason = cursor.byte()
    if reason not in allowed:
        raise PacketError(f"{kind.name} with {reason:#04x}", rule="MQTT 5.0 §2.4", reason=0x82, offset=at)
    return reason


def _rest(cursor: Cursor, kind: Kind) -> properties.Properties:
    """Properties, which may be left out together with their length."""
    return properties.parse(cursor, kind) if cursor.left else NONE


# Subscriptions


def _subscribe(cursor: Inside) -> packets.Subscribe:
    packet_id = _packet_id(cursor)
    said = properties.parse(cursor, Kind.SUBSCRIBE) if cursor.version == V5 else NONE
    wanted = []
    while cursor.left:
        pattern = _filter(cursor)
        at = cursor.at
        octet = cursor.byte()
        if octet & 3 == 3 or octet >> 4 & 3 == 3 or octet & (0xC0 if cursor.version == V5 else 0xFC):
            rule = "MQTT 5.0 §3.8.3.1 [MQTT-3.8.3-5]" if cursor.version == V5 else "MQTT 3.1.1 §3.8.3 [MQTT-3-8.3-4]"
            raise PacketError(f"subscription options {octet:#04x}", rule=rule, offset=at)
        if octet & 4 and pattern.startswith(SHARE):
            raise PacketError(
                "no local, with a shared subscription",
                rule="MQTT 5.0 §3.8.3.1 [MQTT-3.8.3-4]",
                reason=Reason.PROTOCOL_ERROR,
                offset=at,
            )
        wanted.append(
            packets.Wanted(
                filter=pattern,
                qos=octet & 3,
                no_local=bool(octet & 4),
                retain_as_published=bool(octet & 8),
                retain_handling=octet >> 4 & 3,
            )
        )
    if not wanted:
        raise PacketError("no topic filter", rule="MQTT 5.0 §3.8.3 [MQTT-3.8.3-2]", reason=0x82, offset=cursor.at)
    return packets.Subscribe(packet_id=packet_id, wanted=tuple(wanted), properties=said)


def _filter(cursor: Cursor) -> str:
    at = cursor.at
    pattern = cursor.text()
    problem = wrong_filter(pattern)
    if problem:
        raise PacketError(problem, rule="MQTT 5.0 §4.7.1, §4.8.2", reason=Reason.TOPIC_FILTER_INVALID, offset=at)
    return pattern


def _suback(cursor: Inside) -> packets.SubAck:
    packet_id = _packet_id(cursor)
    said = properties.parse(cursor, Kind.SUBACK) if cursor.version == V5 else NONE
    allowed = ALLOWED[Kind.SUBACK] if cursor.version == V5 else frozenset({0, 1, 2, FAILURE})
    reasons = []
    while cursor.left:
        reasons.append(_reason(cursor, allowed, Kind.SUBACK))
    return packets.SubAck(packet_id=packet_id, reasons=tuple(reasons), properties=said)


def _unsubscribe(cursor: Inside) -> packets.Unsubscribe:
    packet_id = _packet_id(cursor)
    said = properties.parse(cursor, Kind.UNSUBSCRIBE) if cursor.version == V5 else NONE
    filters = []
    while cursor.left:
        filters.append(_filter(cursor))
    if not filters:
        raise PacketError("no topic filter", rule="MQTT 5.0 §3.10.3 [MQTT-3.10.3-2]", reason=0x82, offset=cursor.at)
    return packets.Unsubscribe(packet_id=packet_id, filters=tuple(filters), properties=said)


def _unsuback(cursor: Inside) -> packets.UnsubAck:
    packet_id = _packet_id(cursor)
    if cursor.version == V311:
        return packets.UnsubAck(packet_id=packet_id)
    said = properties.parse(cursor, Kind.UNSUBACK)
    reasons = []
    while cursor.left:
        reasons.append(_reason(cursor, ALLOWED[Kind.UNSUBACK], Kind.UNSUBACK))
    return packets.UnsubAck(packet_id=packet_id, reasons=tuple(reasons), properties=said)


# Pings and goodbyes


def _pingreq(_: Inside) -> packets.PingReq:
    return packets.PingReq()


def _pingresp(_: Inside) -> packets.PingResp:
    return packets.PingResp()


_GOODBYES = {
    "client": frozenset({0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99}),
    "server": ALLOWED[Kind.DISCONNECT] - {0x04},
}


def _disconnect(cursor: Inside) -> packets.Disconnect:
    if cursor.version == V311 or not cursor.left:
        return packets.Disconnect()
    at = cursor.at
    reason = _reason(cursor, _GOODBYES[cursor.sender], Kind.DISCONNECT)
    said = _rest(cursor, Kind.DISCONNECT)
    if said.session_expiry is not None and cursor.sender == "server":
        raise PacketError(
            "a server names a session's expiry", rule="MQTT 5.0 §3.14.2.2.2 [MQTT-3.14.2-2]", reason=0x82, offset=at
        )
    return packets.Disconnect(reason=reason, properties=said)


_STEPS = {"client": frozenset({0x18, 0x19}), "server": frozenset({0x00, 0x18})}


def _auth(cursor: Inside) -> packets.Auth:
    if not cursor.left:
        if 0 not in _STEPS[cursor.sender]:
            raise PacketError("AUTH with 0x00", rule="MQTT 5.0 §3.15.2.1", reason=0x82, offset=cursor.at)
        return packets.Auth()
    reason = _reason(cursor, _STEPS[cursor.sender], Kind.AUTH)
    said = _rest(cursor, Kind.AUTH)
    if said.authentication_method is None and (reason or said is not NONE):
        raise PacketError("AUTH without a method", rule="MQTT 5.0 §3.15.2.2.2", reason=0x82, offset=cursor.at)
    return packets.Auth(reason=reason, properties=said)


BODIES: dict[int, Callable[[Inside], Packet]] = {
    Kind.CONNECT: _connect,
    Kind.CONNACK: _connack,
    Kind.PUBACK: _ack(Kind.PUBACK),
    Kind.PUBREC: _ack(Kind.PUBREC),
    Kind.PUBREL: _ack(Kind.PUBREL),
    Kind.PUBCOMP: _ack(Kind.PUBCOMP),
    Kind.SUBSCRIBE: _subscribe,
    Kind.SUBACK: _suback,
    Kind.UNSUBSCRIBE: _unsubscribe,
    Kind.UNSUBACK: _unsuback,
    Kind.PINGREQ: _pingreq,
    Kind.PINGRESP: _pingresp,
    Kind.DISCONNECT: _disconnect,
    Kind.AUTH: _auth,
}
