"""Packets in words: every kind, both versions, no secrets, bounded memory."""

from __future__ import annotations

import pytest

from netloom.protocols.mqtt.decode import Decoder, in_words, is_connect
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import V5, V311, Connect, Publish, Wanted, Will
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.test_unwrap import HEAD, frame


def words(decoder: Decoder, sender: str, data: bytes) -> list[str]:
    return [said.words for said in decoder.feed(sender, data)]


@pytest.mark.parametrize("version", [V311, V5])
def test_a_dialogue(version: int) -> None:
    decoder = Decoder()
    connect = Connect(
        version=version,
        client_id="ann",
        user="ann",
        password=b"secret",
        keep_alive=60,
        will=Will(topic="w", payload=b"gone"),
    )
    told = words(decoder, "client", emit(connect, version))
    named = f"connect as ann · MQTT {packets.NAMES[version]} · a new session · user ann · password •••"
    assert told == [f"{named} · keep-alive 60 s · will to w: gone"]
    answer = packets.ConnAck(session_present=True)
    assert words(decoder, "server", emit(answer, version)) == [
        f"{'success' if version == V5 else 'accepted'}, your session is there"
    ]
    said = emit(packets.Subscribe(packet_id=1, wanted=(Wanted(filter="a/#", qos=1),)), version) + b"\xc0\0"
    assert words(decoder, "client", said[:5]) == []
    assert words(decoder, "client", said[5:]) == ["subscribe to a/# (QoS 1), id 1", "are you there?"]
    said = emit(packets.SubAck(packet_id=1, reasons=(1, 0x80)), version) + b"\xd0\0"
    assert words(decoder, "server", said) == ["subscribed: QoS 1, unspecified error, id 1", "I am"]


@pytest.mark.parametrize(
    ("packet", "told"),
    [
        (Connect(), "connect, under a name that you choose · MQTT 5 · a new session"),
        (Connect(clean_start=False, client_id="\x1b[2J"), "connect as \\x1b[2J · MQTT 5 · the session that is kept"),
        (packets.ConnAck(reason=0x87, properties=Properties(reason_string="no\n")), "not authorized · no\\n"),
        (packets.ConnAck(properties=Properties(assigned_client_id="x")), "success, you are x"),
        (Publish(topic="a", payload=b"x" * 100), f"a: {'x' * 60}…"),
        (Publish(topic="a", payload=b"\xff\x1b"), "a: \\\\xff\\x1b"),
        (Publish(topic="a", qos=2, packet_id=3, retain=True, dup=True), "a (QoS 2, id 3, retained, again): nothing"),
        (Publish(topic="a", properties=Properties(user=(("k", "v"),))), "a: nothing · k=v"),
        (packets.PubAck(packet_id=1, reason=0x10), "have it: no matching subscribers, id 1"),
        (packets.PubRec(packet_id=1), "have it, may you forget it?, id 1"),
        (packets.PubRel(packet_id=1), "forgotten, id 1"),
        (packets.PubComp(packet_id=1), "done, id 1"),
        (
            packets.Unsubscribe(packet_id=1, filters=tuple("abcdefghij")),
            "unsubscribe from a, b, c, d, e, f, g, h and 2 more, id 1",
        ),
        (packets.UnsubAck(packet_id=1, reasons=(0, 0x11)), "unsubscribed, no subscription existed, id 1"),
        (packets.Disconnect(), "goodbye"),
        (packets.Disconnect(reason=0x8E), "goodbye: session taken over"),
        (
            packets.Auth(reason=0x18, properties=Properties(authentication_method="x", authentication_data=b"secret")),
            "authentication: continue authentication, data •••",
        ),
    ],
)  # fmt: skip
def test_words(packet: packets.Packet, told: str) -> None:
    assert in_words(packet) == told


def test_numbers_stand_for_topics() -> None:
    decoder = Decoder()
    words(decoder, "client", emit(Connect(), V5))
    said = [Publish(topic=topic, payload=b"x", properties=Properties(topic_alias=1)) for topic in ("a/b", "")]
    assert words(decoder, "client", b"".join(emit(one, V5) for one in said)) == ["a/b (topic 1): x"] * 2


def test_inside_a_websocket() -> None:
    decoder = Decoder()
    assert words(decoder, "client", HEAD + frame(emit(Connect(client_id="a"), V5)[:9])) == ["open a WebSocket at /mqtt"]
    rest = frame(emit(Connect(client_id="a"), V5)[9:])
    assert words(decoder, "client", rest) == ["connect as a · MQTT 5 · a new session"]
    assert words(decoder, "server", b"HTTP/1.1 101 Yes\r\n\r\n\x82\5\x20\3\0\0\0") == ["101 Yes", "success"]


def test_what_cannot_be_followed() -> None:
    decoder = Decoder()
    assert words(decoder, "client", b"\x10\x0a\0\4HTTP....") != []
    assert words(decoder, "client", b"more") == ["4 bytes"]
    decoder = Decoder()
    assert "packet of" in words(decoder, "server", b"\x30\xff\xff\xff\x7f")[0]


def test_a_first_payload() -> None:
    assert is_connect(emit(Connect(client_id="ann"), V5))
    assert is_connect(emit(Connect(version=V311, client_id="a" * 300), V311))
    assert is_connect(b"\x10\x0e\0\6MQIsdp\3")
    assert not any(
        is_connect(data) for data in (b"", b"\x10", b"\x10\xff\xff\xff\xff\xff", b"\x10\5\0\4HTTP", b"\x30\7\0\4MQTT")
    )
