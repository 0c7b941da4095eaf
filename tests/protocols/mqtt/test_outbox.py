"""What goes out: joined, bounded, and with numbers for topics where the client takes them (MQTT 5.0 §3.3.2.3.4)."""

from __future__ import annotations

from netloom.contents.bus import Limits
from netloom.records import Message
from netloom.wire.mqtt.packets import Publish
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.lab import lab, turns


async def test_one_turn_is_one_write() -> None:
    async with lab() as place:
        peer = await place.client("ann")
        await peer.subscribe("#")
        for number in range(50):
            place.bus.publish(Message(topic="a", payload=b"%d" % number))
        data = await peer.stream.read()
        assert len(data) == sum(6 + len(b"%d" % number) for number in range(50))


async def test_who_does_not_read_misses_what_need_not_arrive() -> None:
    async with lab(limits=Limits(queue_bytes=100_000)) as place:
        slow, quick = await place.client("slow"), await place.client("quick")
        for peer in (slow, quick):
            await peer.subscribe("#")
        slow.stream.transport.pause_reading()
        for _ in range(50):
            place.bus.publish(Message(topic="a", payload=bytes(10_000)))
            assert len((await quick.expect(Publish)).payload) == 10_000
        dropped = place.broker.counters.dropped
        assert 35 < dropped < 45
        slow.stream.transport.resume_reading()
        for _ in range(50 - dropped):
            await slow.expect(Publish)
        place.bus.publish(Message(topic="a", payload=b"afterwards"))
        assert (await slow.expect(Publish)).payload == b"afterwards"


async def test_nor_is_more_on_its_way_than_it_reads() -> None:
    """With QoS 1 nothing is lost by it, but for what exceeds the queue."""
    async with lab(limits=Limits(queue_bytes=100_000)) as place:
        slow = await place.client("slow")
        await slow.subscribe("#", qos=1)
        slow.stream.transport.pause_reading()
        for _ in range(50):
            place.bus.publish(Message(topic="a", payload=bytes(10_000)))
        await turns()
        session = place.broker.sessions["slow"]
        assert 15 < session.waiting <= 21
        assert place.broker.held_bytes < 220_000


async def test_numbers_for_topics() -> None:
    async with lab() as place:
        peer = await place.client(properties=Properties(topic_alias_maximum=2))
        await peer.subscribe("#", qos=1)
        other = await place.client()
        await other.subscribe("#", qos=1)
        for topic in ("a", "b", "a", "c", "c", "b"):
            place.bus.publish(Message(topic=topic, payload=b"x"))
        heard = [await peer.expect(Publish) for _ in range(6)]
        assert [(one.topic, one.properties.topic_alias) for one in heard] == [
            ("a", 1), ("b", 2), ("", 1), ("c", None), ("c", None), ("", 2),
        ]  # fmt: skip
        plain = [await other.expect(Publish) for _ in range(6)]
        assert [one.topic for one in plain] == ["a", "b", "a", "c", "c", "b"]


async def test_a_number_that_was_not_told_is_not_used() -> None:
    """What doesn't fit isn't sent, and its number isn't known then."""
    async with lab() as place:
        peer = await place.client(properties=Properties(topic_alias_maximum=2, maximum_packet_size=50))
        await peer.subscribe("#")
        for payload in (bytes(100), b"1", b"2"):
            place.bus.publish(Message(topic="a", payload=payload))
        heard = [await peer.expect(Publish) for _ in range(2)]
        assert [(one.topic, one.properties.topic_alias) for one in heard] == [("a", 1), ("", 1)]
