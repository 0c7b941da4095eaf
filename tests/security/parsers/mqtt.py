"""MQTT."""

from __future__ import annotations

from typing import Any

from netloom.contents.bus import check_pattern, check_topic
from netloom.errors import UsageError
from netloom.protocols.mqtt.unwrap import Unwrapper
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import V5, V311
from netloom.wire.mqtt.properties import Properties
from netloom.wire.mqtt.reader import Reader
from tests.security.parsers.parser import Parse, Parser


def _read(sender: Any, version: int) -> Parse:
    def feed(said: bytes) -> object:
        reader, middle = Reader(sender, version=version, limit=1 << 20), len(said) // 2
        return [*reader.feed(said[:middle]), *reader.feed(said[middle:])]

    return feed


def _unwrap(said: bytes) -> object:
    unwrapper, middle = Unwrapper(), len(said) // 2
    return [*unwrapper.feed(said[:middle]), *unwrapper.feed(said[middle:])]


def _topics(said: bytes) -> object:
    text = said.decode("utf-8", "surrogateescape")
    for check in (check_topic, check_pattern):
        try:
            check(text)
        except UsageError:
            continue
    return text


_WILL = packets.Will(topic="will", payload=b"gone", qos=1, properties=Properties(will_delay=5, content_type="x"))
_OLD = packets.Connect(version=V311, client_id="ann", user="ann", password=b"secret", will=packets.Will(topic="w"))
_NEW = packets.Connect(
    client_id="ann",
    user="ann",
    password=b"secret",
    will=_WILL,
    properties=Properties(session_expiry=9, user=(("a", "b"),)),
)
_CONNECTS = [emit(_OLD, V311), emit(_NEW, V5)]
_PUBLISH = Properties(message_expiry=9, response_topic="r", correlation_data=b"c", topic_alias=1, user=(("a", "b"),))
_WANTED = (packets.Wanted(filter="$share/g/a/+/#", qos=1),)
_CLIENT: list[packets.Packet] = [
    packets.Publish(topic="a/b", payload=b"x" * 9, qos=1, packet_id=1, properties=_PUBLISH),
    packets.PubRec(packet_id=1, reason=0x10),
    packets.Subscribe(packet_id=1, wanted=_WANTED, properties=Properties(subscription_identifiers=(7,))),
    packets.Unsubscribe(packet_id=1, filters=("a/#", "b")),
    packets.Disconnect(reason=4, properties=Properties(session_expiry=1)),
]
_SERVER: list[packets.Packet] = [
    packets.ConnAck(properties=Properties(receive_maximum=5, assigned_client_id="x", maximum_qos=1)),
    packets.Publish(topic="a", payload=b"x", properties=Properties(subscription_identifiers=(1, 300))),
    packets.SubAck(packet_id=1, reasons=(0, 1, 0x80)),
    packets.UnsubAck(packet_id=1, reasons=(0, 0x11)),
    packets.Disconnect(reason=0x8B),
]
_WRAPPED = [b"GET /mqtt HTTP/1.1\r\n\r\n\x82\x82\0\0\0\0hi", b"HTTP/1.1 101 x\r\n\r\n\x82\2hi"]

PARSERS = {
    "mqtt connect": Parser(_read("client", 0), [*_CONNECTS, _CONNECTS[0] + b"\xc0\0"]),
    "mqtt client": Parser(_read("client", V5), [emit(packet, V5) for packet in _CLIENT]),
    "mqtt server": Parser(_read("server", V5), [emit(packet, V5) for packet in _SERVER]),
    "mqtt 3.1.1": Parser(_read("client", V311), [b"\x32\7\0\1a\0\1hi", b"\x82\6\0\1\0\1a\1", b"\x62\2\0\1", b"\xe0\0"]),
    "mqtt inside a websocket": Parser(_unwrap, _WRAPPED),
    "topics": Parser(_topics, [b"a/b/c", b"a/+/#", b"$share/g/a"]),
}
SAID = {"mqtt": [*_CONNECTS, _CONNECTS[1] + b"".join(emit(packet, V5) for packet in _CLIENT)]}
