"""Packets of every kind, for both versions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import V5, V311
from netloom.wire.mqtt.properties import _TABLE, NONE, WILL, Properties
from netloom.wire.mqtt.reasons import ALLOWED, Kind

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
TOPIC = st.text(st.characters(exclude_characters="\0+#", exclude_categories=["Cs"]), min_size=1, max_size=12)
FILTER = st.one_of(
    TOPIC.filter(lambda topic: not topic.startswith("$share")),
    st.sampled_from(["#", "+", "a/+/b", "a/#", "+/+", "/", "$share/g/a/#", "$SYS/#"]),
)
DATA = st.binary(max_size=12)
ID = st.integers(1, 65_535)
QOS = st.integers(0, 2)

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "qos": st.integers(0, 1),
    "u16": st.integers(0, 65_535),
    "u32": st.integers(0, 2**32 - 1),
    "some16": st.integers(1, 65_535),
    "some32": st.integers(1, 2**32 - 1),
    "text": TEXT,
    "topic": TOPIC,
    "binary": DATA,
    "pairs": st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3).map(tuple),
    "varints": st.integers(1, 268_435_455).map(lambda number: (number,)),
}


@st.composite
def properties(draw: st.DrawFn, kind: int, version: int) -> Properties:
    """Properties that a packet may have."""
    if version == V311:
        return NONE
    names = [entry for entry in _TABLE.values() if kind in entry.packets]
    chosen = [] if not names else draw(st.lists(st.sampled_from(names), unique_by=lambda entry: entry.name, max_size=4))
    return Properties(**{entry.name: draw(_VALUES[entry.type]) for entry in chosen})


@st.composite
def connects(draw: st.DrawFn, version: int) -> packets.Connect:
    user = draw(st.none() | TEXT)
    may_have_password = user is not None or version == V5
    will = None
    if draw(st.booleans()):
        will = packets.Will(
            topic=draw(TOPIC),
            payload=draw(DATA),
            qos=draw(QOS),
            retain=draw(st.booleans()),
            properties=draw(properties(WILL, version)),
        )
    said = draw(properties(Kind.CONNECT, version))
    if said.authentication_data is not None and said.authentication_method is None:
        said = NONE
    return packets.Connect(
        version=version,
        client_id=draw(TEXT),
        clean_start=draw(st.booleans()),
        keep_alive=draw(st.integers(0, 65_535)),
        user=user,
        password=draw(st.none() | DATA) if may_have_password else None,
        will=will,
        properties=said,
    )


@st.composite
def publishes(draw: st.DrawFn, version: int, sender: str) -> packets.Publish:
    qos = draw(QOS)
    said = draw(properties(Kind.PUBLISH, version))
    if said.subscription_identifiers and sender == "client":
        said = NONE
    return packets.Publish(
        topic=draw(TOPIC),
        payload=draw(st.binary(max_size=300)),
        qos=qos,
        retain=draw(st.booleans()),
        dup=bool(qos) and draw(st.booleans()),
        packet_id=draw(ID) if qos else 0,
        properties=said,
    )


@st.composite
def wanted(draw: st.DrawFn, version: int) -> packets.Wanted:
    pattern = draw(FILTER)
    if version == V311:
        return packets.Wanted(filter=pattern, qos=draw(QOS))
    return packets.Wanted(
        filter=pattern,
        qos=draw(QOS),
        no_local=draw(st.booleans()) and not pattern.startswith("$share/"),
        retain_as_published=draw(st.booleans()),
        retain_handling=draw(QOS),
    )


def _reasons(kind: Kind, version: int) -> st.SearchStrategy[int]:
    if version == V5:
        return st.sampled_from(sorted(ALLOWED[kind]))
    return st.sampled_from([0, 1, 2, 0x80]) if kind is Kind.SUBACK else st.just(0)


@st.composite
def _acks(draw: st.DrawFn, kind: Kind, version: int, _: str) -> packets.Packet:
    made: Any = {4: packets.PubAck, 5: packets.PubRec, 6: packets.PubRel, 7: packets.PubComp}[kind]
    own = draw(properties(kind, version))
    packet: packets.PubAck = made(packet_id=draw(ID), reason=draw(_reasons(kind, version)), properties=own)
    return packet


@st.composite
def _connacks(draw: st.DrawFn, kind: Kind, version: int, _: str) -> packets.ConnAck:
    reason = draw(_reasons(kind, version) if version == V5 else st.integers(0, 5))
    own = draw(properties(kind, version))
    return packets.ConnAck(session_present=draw(st.booleans()) and not reason, reason=reason, properties=own)


@st.composite
def _subscribes(draw: st.DrawFn, kind: Kind, version: int, _: str) -> packets.Packet:
    own = draw(properties(kind, version))
    if kind is Kind.SUBSCRIBE:
        filters = draw(st.lists(wanted(version), min_size=1, max_size=4))
        return packets.Subscribe(packet_id=draw(ID), wanted=tuple(filters), properties=own)
    named = draw(st.lists(FILTER, min_size=1, max_size=4))
    return packets.Unsubscribe(packet_id=draw(ID), filters=tuple(named), properties=own)


@st.composite
def _subacks(draw: st.DrawFn, kind: Kind, version: int, _: str) -> packets.Packet:
    many = st.lists(_reasons(kind, version), min_size=1, max_size=4).map(tuple)
    reasons = draw(many) if version == V5 or kind is Kind.SUBACK else ()
    answer = packets.SubAck if kind is Kind.SUBACK else packets.UnsubAck
    return answer(packet_id=draw(ID), reasons=reasons, properties=draw(properties(kind, version)))


@st.composite
def _disconnects(draw: st.DrawFn, kind: Kind, version: int, sender: str) -> packets.Disconnect:
    if version == V311:
        return packets.Disconnect()
    own = draw(properties(kind, version))
    if own.session_expiry is not None and sender == "server":
        own = NONE
    reasons = [0x00, 0x04, 0x80, 0x99] if sender == "client" else [0x00, 0x8B, 0x8E, 0xA2]
    return packets.Disconnect(reason=draw(st.sampled_from(reasons)), properties=own)


@st.composite
def _auths(draw: st.DrawFn, _kind: Kind, _version: int, sender: str) -> packets.Auth:
    reason = draw(st.sampled_from([0x18, 0x19] if sender == "client" else [0x00, 0x18]))
    return packets.Auth(reason=reason, properties=Properties(authentication_method=draw(TEXT)))


_MADE: dict[Kind, Any] = {
    Kind.PUBLISH: lambda _, version, sender: publishes(version, sender),
    Kind.PUBACK: _acks,
    Kind.PUBREC: _acks,
    Kind.PUBREL: _acks,
    Kind.PUBCOMP: _acks,
    Kind.CONNACK: _connacks,
    Kind.SUBSCRIBE: _subscribes,
    Kind.UNSUBSCRIBE: _subscribes,
    Kind.SUBACK: _subacks,
    Kind.UNSUBACK: _subacks,
    Kind.PINGREQ: lambda *_: st.just(packets.PingReq()),
    Kind.PINGRESP: lambda *_: st.just(packets.PingResp()),
    Kind.DISCONNECT: _disconnects,
    Kind.AUTH: _auths,
}


@st.composite
def said(draw: st.DrawFn, version: int, sender: str) -> packets.Packet:
    """A packet that a side may say."""
    kinds = [Kind.PUBLISH, Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP]
    if sender == "client":
        kinds += [Kind.SUBSCRIBE, Kind.UNSUBSCRIBE, Kind.PINGREQ, Kind.DISCONNECT]
    else:
        kinds += [Kind.CONNACK, Kind.SUBACK, Kind.UNSUBACK, Kind.PINGRESP]
        kinds += [Kind.DISCONNECT] if version == V5 else []
    kinds += [Kind.AUTH] if version == V5 else []
    kind = draw(st.sampled_from(kinds))
    packet: packets.Packet = draw(_MADE[kind](kind, version, sender))
    return packet
