"""Literal bytes, and what isn't said (MQTT 5.0 §3, MQTT 3.1.1 §3)."""

from __future__ import annotations

import pytest

from netloom.errors import LocalProtocolError
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import emit, publish_parts
from netloom.wire.mqtt.packets import V5, V311
from netloom.wire.mqtt.properties import Properties


@pytest.mark.parametrize(
    ("packet", "version", "data"),
    [
        (packets.Connect(version=4, client_id="a", keep_alive=60), V311, b"\x10\x0d\0\4MQTT\4\2\0\x3c\0\1a"),
        (
            packets.Connect(user="u", password=b"p", clean_start=False), V5,
            b"\x10\x13\0\4MQTT\5\xc0\0\0\0\0\0\0\1u\0\1p",
        ),
        (packets.ConnAck(session_present=True), V311, b"\x20\2\1\0"),
        (packets.ConnAck(reason=0x87), V5, b"\x20\3\0\x87\0"),
        (packets.Publish(topic="a/b", payload=b"hi", retain=True), V311, b"\x31\7\0\3a/bhi"),
        (packets.Publish(topic="a", payload=b"hi", qos=2, dup=True, packet_id=10), V311, b"\x3c\7\0\1a\0\x0ahi"),
        (packets.Publish(topic="a", payload=b"hi"), V5, b"\x30\6\0\1a\0hi"),
        (
            packets.Publish(topic="", payload=b"hi", properties=Properties(topic_alias=7)), V5,
            b"\x30\x08\0\0\3\x23\0\7hi",
        ),
        (packets.Publish(topic="b" * 300), V311, b"\x30\xae\2\1\x2c" + b"b" * 300),
        (packets.PubAck(packet_id=1), V5, b"\x40\2\0\1"),
        (packets.PubAck(packet_id=1, reason=0x10), V5, b"\x40\3\0\1\x10"),
        (packets.PubRel(packet_id=1), V311, b"\x62\2\0\1"),
        (
            packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter="a/#", qos=1),)), V311,
            b"\x82\x08\0\1\0\3a/#\1",
        ),
        (
            packets.Subscribe(
                packet_id=1,
                wanted=(packets.Wanted(filter="a", no_local=True, retain_as_published=True, retain_handling=2),),
                properties=Properties(subscription_identifiers=(9,)),
            ), V5, b"\x82\x09\0\1\2\x0b\x09\0\1a\x2c",
        ),
        (packets.SubAck(packet_id=1, reasons=(0, 0x80)), V311, b"\x90\4\0\1\0\x80"),
        (packets.Unsubscribe(packet_id=1, filters=("a",)), V311, b"\xa2\5\0\1\0\1a"),
        (packets.UnsubAck(packet_id=1), V311, b"\xb0\2\0\1"),
        (packets.UnsubAck(packet_id=1, reasons=(0x11,)), V5, b"\xb0\4\0\1\0\x11"),
        (packets.PingReq(), V311, b"\xc0\0"),
        (packets.PingResp(), V5, b"\xd0\0"),
        (packets.Disconnect(), V5, b"\xe0\0"),
        (packets.Disconnect(reason=0x8B), V5, b"\xe0\1\x8b"),
        (packets.Disconnect(properties=Properties(session_expiry=1)), V5, b"\xe0\7\0\5\x11\0\0\0\1"),
        (packets.Auth(reason=0x18, properties=Properties(authentication_method="x")), V5, b"\xf0\6\x18\4\x15\0\1x"),
    ],
)  # fmt: skip
def test_literal_bytes(packet: packets.Packet, version: int, data: bytes) -> None:
    assert emit(packet, version) == data


WANTED = packets.Wanted(filter="a")


@pytest.mark.parametrize(
    ("packet", "version"),
    [
        (packets.Connect(version=3), V311),
        (packets.Connect(version=V311, password=b"x"), V311),
        (packets.Connect(version=V311, properties=Properties(session_expiry=1)), V311),
        (packets.Connect(keep_alive=65_536), V5),
        (packets.Connect(client_id="\0"), V5),
        (packets.Connect(client_id="x" * 65_536), V5),
        (packets.Connect(will=packets.Will(topic="a/#")), V5),
        (packets.Connect(will=packets.Will(topic="a", qos=3)), V5),
        (packets.ConnAck(reason=6), V311),
        (packets.ConnAck(reason=1), V5),
        (packets.ConnAck(reason=0x87, session_present=True), V5),
        (packets.Publish(topic=""), V311),
        (packets.Publish(topic="a/+"), V5),
        (packets.Publish(topic="a\0"), V5),
        (packets.Publish(topic="a", qos=1), V5),
        (packets.Publish(topic="a", qos=3, packet_id=1), V5),
        (packets.Publish(topic="a", packet_id=1), V5),
        (packets.Publish(topic="a", dup=True), V5),
        (packets.Publish(topic="a", properties=Properties(content_type="x")), V311),
        (packets.PubAck(packet_id=0), V5),
        (packets.PubAck(packet_id=1, reason=0x92), V5),
        (packets.PubAck(packet_id=1, reason=0x80), V311),
        (packets.Subscribe(packet_id=1, wanted=()), V5),
        (packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter="a#"),)), V5),
        (packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter=""),)), V5),
        (packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter="a", qos=3),)), V5),
        (packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter="a", no_local=True),)), V311),
        (packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter="a", retain_handling=3),)), V5),
        (packets.Subscribe(packet_id=1, wanted=(packets.Wanted(filter="$share/g/a", no_local=True),)), V5),
        (packets.Subscribe(packet_id=1, wanted=(WANTED,), properties=Properties(subscription_identifiers=(1, 2))), V5),
        (packets.SubAck(packet_id=1, reasons=(0x87,)), V311),
        (packets.SubAck(packet_id=1, reasons=(3,)), V5),
        (packets.Unsubscribe(packet_id=1, filters=()), V5),
        (packets.UnsubAck(packet_id=1, reasons=(0,)), V311),
        (packets.Disconnect(reason=0x8B), V311),
        (packets.Disconnect(reason=0x01), V5),
        (packets.Auth(reason=0x18), V5),
        (packets.Auth(), V311),
    ],
)
def test_what_is_not_said(packet: packets.Packet, version: int) -> None:
    with pytest.raises(LocalProtocolError):
        emit(packet, version)


@pytest.mark.parametrize("version", [V311, V5])
def test_what_many_are_sent_differs_in_the_packet_id_only(version: int) -> None:
    packet = packets.Publish(topic="a/b", payload=b"x" * 200, qos=1, packet_id=0x0102)
    head, rest = publish_parts(packet, version)
    assert head + b"\1\2" + rest == emit(packet, version)
    again = packets.Publish(topic="a/b", payload=b"x" * 200, qos=1, packet_id=3, dup=True)
    assert bytes((head[0] | 8,)) + head[1:] + b"\0\3" + rest == emit(again, version)
