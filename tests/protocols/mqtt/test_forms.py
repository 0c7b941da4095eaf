"""Bytes are made once for all who hear a message in the same way."""

from __future__ import annotations

import asyncio

from netloom.contents.bus import Delivery, Publication
from netloom.protocols.mqtt.forms import Way, origin_of, parts, qos_of, seconds_left
from netloom.records import Message
from netloom.wire.mqtt.packets import V5, V311, Publish
from netloom.wire.mqtt.parse import parse
from netloom.wire.mqtt.properties import Properties


def test_made_once() -> None:
    delivery = Delivery(Message(topic="a", payload=b"x"))
    way = Way(V5, 0, False, ())
    first = parts(delivery, way)
    assert first is not None
    assert parts(delivery, Way(V5, 0, False, ())) is first
    others = [Way(V311, 0, False, ()), Way(V5, 1, False, ()), Way(V5, 0, True, ()), Way(V5, 0, False, (1,))]
    assert len({parts(delivery, other) for other in (way, *others)}) == 5


def test_what_mqtt_cannot_say() -> None:
    delivery = Delivery(Message(topic="\ud800", payload=b"x"))
    assert parts(delivery, Way(V311, 0, False, ())) is None
    long = Delivery(Message(topic="x" * 70_000))
    assert parts(long, Way(V5, 1, False, ())) is None


def test_a_number_instead_of_the_topic() -> None:
    delivery = Delivery(Message(topic="a/b", payload=b"x"))
    for alias, topic in ((3, "a/b"), (-3, "")):
        found = parts(delivery, Way(V5, 0, False, (), alias))
        assert found is not None
        packet = parse(found[0], V5, "server")
        assert packet is not None
        assert packet[0] == Publish(topic=topic, payload=b"x", properties=Properties(topic_alias=3))


def test_what_another_protocol_brought() -> None:
    plain = Message(topic="a")
    assert (qos_of(plain), origin_of(plain), seconds_left(plain)) == (2, "", None)
    own = Publication(topic="a", qos=1, origin="ann")
    assert (qos_of(own), origin_of(own), seconds_left(own)) == (1, "ann", None)


async def test_seconds_are_rounded_up() -> None:
    now = asyncio.get_running_loop().time()
    assert seconds_left(Publication(topic="a", expires=now + 9.5)) == 10
    assert seconds_left(Publication(topic="a", expires=now - 1)) == 0
    assert parts(Delivery(Publication(topic="a", expires=now)), Way(V5, 0, False, ())) is None
