"""Packets as bytes; what the standard forbids isn't said (MQTT 5.0 §3)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from netloom.errors import LocalProtocolError
from netloom.wire.mqtt import packets, properties
from netloom.wire.mqtt.fields import emit_binary, emit_integer, emit_text, emit_varint
from netloom.wire.mqtt.packets import V5, V311, Packet
from netloom.wire.mqtt.properties import NONE, WILL, Properties
from netloom.wire.mqtt.reasons import ALLOWED, FAILURE, Kind
from netloom.wire.mqtt.topics import SHARE, wrong_filter, wrong_name

if TYPE_CHECKING:
    from collections.abc import Callable

PINGREQ = b"\xc0\0"
PINGRESP = b"\xd0\0"


def emit(packet: Packet, version: int) -> bytes:
    """A packet in the version of this protocol level. Raises LocalProtocolError for what may not be said in it."""
    if isinstance(packet, packets.Publish):
        return emit_publish(packet, version)
    first, body = _BODIES[type(packet)](packet, version)
    return bytes((first,)) + emit_varint(len(body)) + body


def publish_parts(packet: packets.Publish, version: int) -> tuple[bytes, bytes]:
    """A PUBLISH before and after its packet id, which has two bytes and is left out here where there is a QoS.

    What many are sent is made once: only the packet id differs between them, and bit 3 of the first byte (DUP).
    """
    topic = packet.topic
    if topic or not packet.properties.topic_alias:
        name = _known_name(topic) if len(topic) <= _KNOWN_LIMIT else _name(topic)
    else:
        name = b"\0\0"
    if not 0 <= packet.qos <= 2 or (packet.dup and not packet.qos):
        raise LocalProtocolError(
            f"no QoS is {packet.qos}, and with QoS 0 nothing is sent again", rule="MQTT 5.0 §3.3.1"
        )
    rest = packet.payload
    if version == V5:
        rest = properties.emit(packet.properties, Kind.PUBLISH) + rest
    else:
        _refuse(packet.properties)
    first = Kind.PUBLISH << 4 | packet.dup << 3 | packet.qos << 1 | packet.retain
    size = len(name) + len(rest) + (2 if packet.qos else 0)
    return bytes((first,)) + emit_varint(size) + name, rest


_KNOWN_LIMIT = 256


@lru_cache(maxsize=4096)
def _known_name(topic: str) -> bytes:
    """A short topic; most messages name one that was named before."""
    return _name(topic)


def _name(topic: str) -> bytes:
    problem = wrong_name(topic)
    if problem:
        raise LocalProtocolError(problem, rule="MQTT 5.0 §3.3.2.1 [MQTT-3.3.2-2]")
    return emit_text(topic, "topic")


def emit_publish(packet: packets.Publish, version: int) -> bytes:
    """A whole PUBLISH."""
    head, rest = publish_parts(packet, version)
    if packet.qos:
        return head + _packet_id(packet.packet_id) + rest
    if packet.packet_id:
        raise LocalProtocolError("a packet id with QoS 0", rule="MQTT 5.0 §2.2.1 [MQTT-2.2.1-2]")
    return head + rest


def _packet_id(number: int) -> bytes:
    if not 0 < number < 0x10000:
        raise LocalProtocolError(f"{number} is no packet id", rule="MQTT 5.0 §2.2.1 [MQTT-2.2.1-3]")
    return number.to_bytes(2, "big")


def _refuse(said: Properties) -> None:
    """3.1.1 has no properties."""
    if said is not NONE and said != NONE:
        raise LocalProtocolError("MQTT 3.1.1 has no properties", rule="MQTT 3.1.1 §3")


def _said(said: Properties, packet: int, version: int) -> bytes:
    if version == V5:
        return properties.emit(said, packet)
    _refuse(said)
    return b""


# Connecting


def _connect(packet: packets.Connect, _version: int) -> tuple[int, bytes]:
    if packet.version not in (V311, V5):
        raise LocalProtocolError(f"there is no protocol level {packet.version}", rule="MQTT 5.0 §3.1.2.2")
    version, will = packet.version, packet.will
    if packet.password is not None and packet.user is None and version == V311:
        raise LocalProtocolError("a password without a user", rule="MQTT 3.1.1 §3.1.2.9 [MQTT-3.1.2-22]")
    flags = packet.clean_start << 1 | (packet.user is not None) << 7 | (packet.password is not None) << 6
    body = [emit_text("MQTT", "name"), bytes((version,)), b"", emit_integer(packet.keep_alive, 2, "keep-alive")]
    body.append(_said(packet.properties, Kind.CONNECT, version))
    body.append(emit_text(packet.client_id, "client id"))
    if will is not None:
        problem = wrong_name(will.topic)
        if problem or not 0 <= will.qos <= 2:
            raise LocalProtocolError(f"the will: {problem or f'no QoS is {will.qos}'}", rule="MQTT 5.0 §3.1.2.5")
        flags |= 4 | will.qos << 3 | will.retain << 5
        body.append(_said(will.properties, WILL, version))
        body += [emit_text(will.topic, "topic"), emit_binary(will.payload, "will")]
    if packet.user is not None:
        body.append(emit_text(packet.user, "user name"))
    if packet.password is not None:
        body.append(emit_binary(packet.password, "password"))
    body[2] = bytes((flags,))
    return Kind.CONNECT << 4, b"".join(body)


def _connack(packet: packets.ConnAck, version: int) -> tuple[int, bytes]:
    allowed = packet.reason in ALLOWED[Kind.CONNACK] if version == V5 else 0 <= packet.reason <= 5
    if not allowed or (packet.session_present and packet.reason):
        raise LocalProtocolError(f"CONNACK can't say {packet.reason}", rule="MQTT 5.0 §3.2.2")
    body = bytes((packet.session_present, packet.reason)) + _said(packet.properties, Kind.CONNACK, version)
    return Kind.CONNACK << 4, body


# Acknowledgements


def _ack(kind: Kind) -> Callable[[Any, int], tuple[int, bytes]]:
    first = kind << 4 | (2 if kind is Kind.PUBREL else 0)

    def body(packet: Any, version: int) -> tuple[int, bytes]:
        return first, _packet_id(packet.packet_id) + _ending(packet, kind, version)

    return body


def _ending(packet: Any, kind: Kind, version: int) -> bytes:
    """A reason code and properties, which are left out where they say nothing."""
    if version == V311:
        _refuse(packet.properties)
        if packet.reason:
            raise LocalProtocolError(f"MQTT 3.1.1 can't say {packet.reason:#04x}", rule="MQTT 3.1.1 §3")
        return b""
    if packet.reason not in ALLOWED[kind]:
        raise LocalProtocolError(f"{kind.name} can't say {packet.reason:#04x}", rule="MQTT 5.0 §2.4")
    said = properties.emit(packet.properties, kind)
    if len(said) > 1:
        return bytes((packet.reason,)) + said
    return bytes((packet.reason,)) if packet.reason else b""


# Subscriptions


def _checked(pattern: str) -> bytes:
    problem = wrong_filter(pattern)
    if problem:
        raise LocalProtocolError(problem, rule="MQTT 5.0 §4.7.1")
    return emit_text(pattern, "topic filter")


def _subscribe(packet: packets.Subscribe, version: int) -> tuple[int, bytes]:
    body = [_packet_id(packet.packet_id), _said(packet.properties, Kind.SUBSCRIBE, version)]
    if len(packet.properties.subscription_identifiers) > 1:
        raise LocalProtocolError("two subscription identifiers", rule="MQTT 5.0 §3.8.2.1.2")
    for wanted in packet.wanted:
        octet = wanted.qos | wanted.no_local << 2 | wanted.retain_as_published << 3 | wanted.retain_handling << 4
        if not (0 <= wanted.qos <= 2 and 0 <= wanted.retain_handling <= 2) or (version == V311 and octet > 2):
            raise LocalProtocolError(f"{wanted} can't be said", rule="MQTT 5.0 §3.8.3.1")
        if wanted.no_local and wanted.filter.startswith(SHARE):
            raise LocalProtocolError("no local, with a shared subscription", rule="MQTT 5.0 §3.8.3.1 [MQTT-3.8.3-4]")
        body += [_checked(wanted.filter), bytes((octet,))]
    if not packet.wanted:
        raise LocalProtocolError("no topic filter", rule="MQTT 5.0 §3.8.3 [MQTT-3.8.3-2]")
    return Kind.SUBSCRIBE << 4 | 2, b"".join(body)


def _suback(packet: packets.SubAck, version: int) -> tuple[int, bytes]:
    allowed = ALLOWED[Kind.SUBACK] if version == V5 else {0, 1, 2, FAILURE}
    return Kind.SUBACK << 4, _reasons(packet, Kind.SUBACK, allowed, version)


def _unsubscribe(packet: packets.Unsubscribe, version: int) -> tuple[int, bytes]:
    if not packet.filters:
        raise LocalProtocolError("no topic filter", rule="MQTT 5.0 §3.10.3 [MQTT-3.10.3-2]")
    body = [_packet_id(packet.packet_id), _said(packet.properties, Kind.UNSUBSCRIBE, version)]
    return Kind.UNSUBSCRIBE << 4 | 2, b"".join([*body, *map(_checked, packet.filters)])


def _unsuback(packet: packets.UnsubAck, version: int) -> tuple[int, bytes]:
    allowed = ALLOWED[Kind.UNSUBACK] if version == V5 else frozenset[int]()
    return Kind.UNSUBACK << 4, _reasons(packet, Kind.UNSUBACK, allowed, version)


def _reasons(packet: Any, kind: Kind, allowed: frozenset[int] | set[int], version: int) -> bytes:
    wrong = next((reason for reason in packet.reasons if reason not in allowed), None)
    if wrong is not None:
        raise LocalProtocolError(f"{kind.name} can't say {wrong:#04x}", rule="MQTT 5.0 §2.4")
    return _packet_id(packet.packet_id) + _said(packet.properties, kind, version) + bytes(packet.reasons)


# Pings and goodbyes


def _pingreq(_packet: packets.PingReq, _version: int) -> tuple[int, bytes]:
    return Kind.PINGREQ << 4, b""


def _pingresp(_packet: packets.PingResp, _version: int) -> tuple[int, bytes]:
    return Kind.PINGRESP << 4, b""


def _disconnect(packet: packets.Disconnect, version: int) -> tuple[int, bytes]:
    return Kind.DISCONNECT << 4, _ending(packet, Kind.DISCONNECT, version)


def _auth(packet: packets.Auth, version: int) -> tuple[int, bytes]:
    if version == V311:
        raise LocalProtocolError("MQTT 3.1.1 has no AUTH", rule="MQTT 3.1.1 §2.2.1")
    ending = _ending(packet, Kind.AUTH, version)
    if ending and packet.properties.authentication_method is None:
        raise LocalProtocolError("AUTH without a method", rule="MQTT 5.0 §3.15.2.2.2")
    return Kind.AUTH << 4, ending


_BODIES: dict[type, Callable[[Any, int], tuple[int, bytes]]] = {
    packets.Connect: _connect,
    packets.ConnAck: _connack,
    packets.PubAck: _ack(Kind.PUBACK),
    packets.PubRec: _ack(Kind.PUBREC),
    packets.PubRel: _ack(Kind.PUBREL),
    packets.PubComp: _ack(Kind.PUBCOMP),
    packets.Subscribe: _subscribe,
    packets.SubAck: _suback,
    packets.Unsubscribe: _unsubscribe,
    packets.UnsubAck: _unsuback,
    packets.PingReq: _pingreq,
    packets.PingResp: _pingresp,
    packets.Disconnect: _disconnect,
    packets.Auth: _auth,
}
