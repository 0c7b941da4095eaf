"""Packets out of bytes, strictly: what the standard forbids is refused, with the rule it breaks (MQTT 5.0 §3)."""

from __future__ import annotations

from functools import lru_cache

from netloom.wire.mqtt import packets, properties
from netloom.wire.mqtt.bodies import BODIES, Inside, Sender
from netloom.wire.mqtt.fields import RULE_VARINT, VARINT_LIMIT, Cursor, decode
from netloom.wire.mqtt.packets import V5, V311, Packet
from netloom.wire.mqtt.properties import NONE
from netloom.wire.mqtt.reasons import Kind, PacketError, Reason
from netloom.wire.mqtt.topics import wrong_name

LIMIT = VARINT_LIMIT + 5
"""Bytes of the largest packet that can be."""

_FLAGS = "MQTT 5.0 §2.1.3"
_ID = "MQTT 5.0 §2.2.1"
_SAYS: dict[str, tuple[Kind, ...]] = {
    "client": (
        Kind.CONNECT, Kind.PUBLISH, Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP, Kind.SUBSCRIBE,
        Kind.UNSUBSCRIBE, Kind.PINGREQ, Kind.DISCONNECT, Kind.AUTH,
    ),
    "server": (
        Kind.CONNACK, Kind.PUBLISH, Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP, Kind.SUBACK, Kind.UNSUBACK,
        Kind.PINGRESP, Kind.DISCONNECT, Kind.AUTH,
    ),
}  # fmt: skip
_FIXED = {Kind.PUBREL: 2, Kind.SUBSCRIBE: 2, Kind.UNSUBSCRIBE: 2}


def _firsts(sender: str, version: int) -> frozenset[int]:
    """The first bytes that packets may have."""
    if not version:
        return frozenset({Kind.CONNECT << 4})
    made = set()
    for kind in _SAYS[sender]:
        if version < V5 and (kind is Kind.AUTH or (kind is Kind.DISCONNECT and sender == "server")):
            continue
        if kind is Kind.PUBLISH:
            made |= {kind << 4 | flags for flags in range(16) if flags & 6 != 6 and flags & 14 != 8}
        else:
            made.add(kind << 4 | _FIXED.get(kind, 0))
    return frozenset(made)


_FIRSTS = {(sender, version): _firsts(sender, version) for sender in _SAYS for version in (0, V311, V5)}


def parse(data: bytes, version: int, sender: Sender, *, limit: int = LIMIT, at: int = 0) -> tuple[Packet, int] | None:
    """The packet that begins at `at`, and where it ends; None: more is needed.

    `version` is the protocol level, 0 where only a CONNECT may come, which says it. Raises PacketError, for a packet of
    more than `limit` bytes as soon as it says so.
    """
    size = len(data)
    if at >= size:
        return None
    first = data[at]
    if first not in _FIRSTS[sender, version]:
        raise _misfit(first, version, sender, at)
    start = at + 1
    length = shift = 0
    while True:
        if start >= size:
            return None
        octet = data[start]
        start += 1
        length |= (octet & 127) << shift
        if octet < 128:
            break
        shift += 7
        if shift == 28:
            raise PacketError("a remaining length of more than four bytes", rule=RULE_VARINT, offset=at + 1)
    end = start + length
    if end - at > limit:
        raise PacketError(
            f"a packet of {end - at} bytes; {limit} are taken",
            rule="MQTT 5.0 §3.2.2.3.6",
            reason=Reason.PACKET_TOO_LARGE,
            offset=at,
        )
    if shift and not octet and version == V5:
        raise PacketError("a remaining length with more bytes than it needs", rule=RULE_VARINT, offset=at + 1)
    if end > size:
        return None
    kind = first >> 4
    if kind == 3:
        return _publish(data, first, start, end, version if sender == "client" else -version), end
    cursor = Inside(data, start, end)
    cursor.version, cursor.sender = version, sender
    packet = BODIES[kind](cursor)
    cursor.finish()
    return packet, end


def _misfit(first: int, version: int, sender: str, at: int) -> PacketError:
    """Why no packet begins so."""
    kind, flags = first >> 4, first & 15
    if not version:
        rule, words = "MQTT 5.0 §3.1 [MQTT-3.1.0-1]", f"CONNECT is due, and not what begins with {first:#04x}"
    elif kind == 0 or (kind == Kind.AUTH and version < V5):
        return PacketError(f"packet type {kind} is reserved", rule="MQTT 5.0 §2.1.2", offset=at)
    elif Kind(kind) not in _SAYS[sender] or (kind == Kind.DISCONNECT and version < V5 and sender == "server"):
        rule, words = "MQTT 5.0 §2.1.2", f"{Kind(kind).name} isn't for a {sender} to say"
    elif kind == Kind.PUBLISH:
        rule = "MQTT 5.0 §3.3.1 [MQTT-3.3.1-2] [MQTT-3.3.1-4]"
        return PacketError("QoS 3" if flags & 6 == 6 else "DUP with QoS 0", rule=rule, offset=at)
    else:
        words = f"flags {flags:#x} in {Kind(kind).name}"
        return PacketError(words, rule=f"{_FLAGS} [MQTT-2.1.3-1]", offset=at)
    return PacketError(words, rule=rule, reason=Reason.PROTOCOL_ERROR, offset=at)


# PUBLISH comes by the thousand


def _publish(data: bytes, first: int, start: int, end: int, version: int) -> packets.Publish:
    """`version` is negative where the server says it."""
    at = start + 2
    stop = at + (data[start] << 8 | data[start + 1]) if at <= end else end + 1
    if stop > end:
        raise PacketError("a topic that is longer than its packet", rule="MQTT 5.0 §3.3.2.1", offset=start)
    raw = data[at:stop]
    try:
        topic = _known(raw) if len(raw) <= _KNOWN_LIMIT else _topic(raw)
    except PacketError as error:
        error.offset = at
        raise
    qos = first >> 1 & 3
    packet_id = 0
    if qos:
        packet_id = data[stop] << 8 | data[stop + 1] if stop + 2 <= end else 0
        stop += 2
        if not packet_id:
            raise PacketError("no packet id, or 0", rule=f"{_ID} [MQTT-2.2.1-3]", offset=stop - 2)
    said = NONE
    if version in (V5, -V5):
        if stop < end and not data[stop]:
            stop += 1
        else:
            cursor = Cursor(data, stop, end)
            said = properties.parse(cursor, Kind.PUBLISH)
            stop = cursor.at
            if said.subscription_identifiers and version > 0:
                raise PacketError(
                    "a client names a subscription identifier",
                    rule="MQTT 5.0 §3.3.4 [MQTT-3.3.4-6]",
                    reason=Reason.PROTOCOL_ERROR,
                    offset=start,
                )
    if not topic and not said.topic_alias:
        raise PacketError(
            "neither a topic nor an alias of one",
            rule="MQTT 5.0 §3.3.2.1",
            reason=Reason.PROTOCOL_ERROR if version in (V5, -V5) else Reason.MALFORMED_PACKET,
            offset=start,
        )
    return packets.Publish(
        topic=topic,
        payload=data[stop:end],
        qos=qos,
        retain=bool(first & 1),
        dup=bool(first & 8),
        packet_id=packet_id,
        properties=said,
    )


_KNOWN_LIMIT = 256


@lru_cache(maxsize=4096)
def _known(raw: bytes) -> str:
    """A short topic; most messages name one that was named before."""
    return _topic(raw)


def _topic(raw: bytes) -> str:
    topic = decode(raw, 0)
    problem = wrong_name(topic) if topic else ""
    if problem:
        raise PacketError(problem, rule="MQTT 5.0 §3.3.2.1 [MQTT-3.3.2-2]", reason=Reason.TOPIC_NAME_INVALID)
    return topic
