"""What is on its way and what waits: windows, queues, and what is sent again (MQTT 5.0 §4.3, §4.4, §4.6, §4.9)."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.bus import Limits
from netloom.links.virtual import run
from netloom.protocols.mqtt.session import Grant, Terms, granted
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import V5, V311, Publish, PubRel, Wanted
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.lab import lab, turns

KEPT = Properties(session_expiry=100)


def test_terms_are_taken_together() -> None:
    terms = [
        Terms(Wanted(filter="a", qos=1), (1,)),
        Terms(Wanted(filter="#", qos=0, retain_as_published=True)),
        Terms(Wanted(filter="+", qos=0), (3,)),
    ]
    assert granted(terms) == Grant(1, True, (1, 3))
    assert granted([]) is None


class TestSentAgain:
    @pytest.mark.parametrize("version", [V311, V5])
    async def test_what_was_not_acknowledged(self, version: int) -> None:
        """MQTT-4.4.0-1, MQTT-4.6.0-1: in its order, with its packet ids and DUP; and nothing before that (§4.4)."""
        async with lab() as place:
            said = Properties(session_expiry=100) if version == V5 else Properties()
            peer = await place.client("ann", version, clean_start=False, properties=said)
            await peer.subscribe("a", qos=2)
            speaks = await place.client()
            for number, qos in enumerate((1, 2, 2, 1)):
                await speaks.publish("a", b"%d" % number, qos=qos)
            first = [await peer.expect(Publish) for _ in range(4)]
            assert not any(one.dup for one in first)
            await peer.say(packets.PubRec(packet_id=first[1].packet_id))
            await peer.expect(PubRel)
            await peer.say(packets.PubAck(packet_id=first[3].packet_id))
            assert await peer.quiet()
            await peer.gone()
            again = await place.client("ann", version, clean_start=False, properties=said)
            heard = [await again.hear() for _ in range(3)]
            assert heard == [
                Publish(topic="a", payload=b"0", qos=1, dup=True, packet_id=first[0].packet_id),
                PubRel(packet_id=first[1].packet_id),
                Publish(topic="a", payload=b"2", qos=2, dup=True, packet_id=first[2].packet_id),
            ]
            assert await again.quiet()
            for one in (heard[0], heard[1], heard[2]):
                assert isinstance(one, Publish | PubRel)
            await again.say(
                packets.PubAck(packet_id=first[0].packet_id),
                packets.PubComp(packet_id=first[1].packet_id),
                packets.PubRec(packet_id=first[2].packet_id),
            )
            await again.expect(PubRel)
            await again.say(packets.PubComp(packet_id=first[2].packet_id))
            assert await again.quiet()
            assert place.broker.held_count == 0

    async def test_only_as_far_as_may_be_on_its_way(self) -> None:
        async with lab() as place:
            peer = await place.client("ann", properties=KEPT)
            await peer.subscribe("a", qos=1)
            speaks = await place.client()
            for number in range(5):
                await speaks.publish("a", b"%d" % number, qos=1)
            first = [await peer.expect(Publish) for _ in range(5)]
            await peer.gone()
            await speaks.publish("a", b"5", qos=1)
            narrow = Properties(session_expiry=100, receive_maximum=2)
            again = await place.client("ann", clean_start=False, properties=narrow)
            heard = []
            for _ in range(6):
                heard.append(await again.expect(Publish))
                if len(heard) >= 2:
                    assert await again.quiet()
                    await again.say(packets.PubAck(packet_id=heard[-2].packet_id))
            assert [one.payload for one in heard] == [b"%d" % number for number in range(6)]
            assert [one.dup for one in heard] == [True] * 5 + [False]
            assert [one.packet_id for one in heard[:5]] == [one.packet_id for one in first]

    async def test_what_the_client_has_said_twice(self) -> None:
        """Our own memory of what it may send again outlasts the connection (MQTT-4.3.3-10)."""
        async with lab() as place:
            hears = await place.client("hears")
            await hears.subscribe("a")
            peer = await place.client("ann", properties=KEPT)
            await peer.say(Publish(topic="a", qos=2, packet_id=5))
            await peer.expect(packets.PubRec)
            await peer.gone()
            again = await place.client("ann", clean_start=False, properties=KEPT)
            await again.say(Publish(topic="a", qos=2, packet_id=5, dup=True))
            await again.expect(packets.PubRec)
            await hears.expect(Publish)
            assert await hears.quiet()


class TestWindow:
    @pytest.mark.parametrize(("theirs", "ours", "window"), [(3, "100", 3), (None, "2", 2), (10, "4", 4)])
    async def test_no_more_are_on_their_way(self, theirs: int | None, ours: str, window: int) -> None:
        """MQTT-3.3.4-9."""
        async with lab(window=ours) as place:
            peer = await place.client("ann", properties=Properties(receive_maximum=theirs))
            await peer.subscribe("a", qos=2)
            speaks = await place.client()
            for number in range(12):
                await speaks.publish("a", b"%d" % number, qos=1 + number % 2)
            heard: list[Publish] = []
            while len(heard) < 12:
                heard += [await peer.expect(Publish) for _ in range(min(window, 12 - len(heard)))]
                assert await peer.quiet()
                for one in heard[-window:]:
                    if one.qos == 1:
                        await peer.say(packets.PubAck(packet_id=one.packet_id))
                    else:
                        await peer.say(packets.PubRec(packet_id=one.packet_id, reason=0x97))
            assert [one.payload for one in heard] == [b"%d" % number for number in range(12)]
            assert await peer.quiet()
            assert place.broker.held_count == 0

    async def test_answers_to_nothing(self) -> None:
        async with lab() as place:
            peer = await place.client()
            await peer.subscribe("a", qos=2)
            await peer.say(packets.PubAck(packet_id=1), packets.PubComp(packet_id=1))
            await peer.say(packets.PubRec(packet_id=1))
            assert (await peer.expect(PubRel)).reason == 0x92
            speaks = await place.client()
            await speaks.publish("a", qos=2)
            number = (await peer.expect(Publish)).packet_id
            await peer.say(packets.PubAck(packet_id=number), packets.PubComp(packet_id=number))
            assert await peer.quiet()
            assert place.broker.held_count == 1, "neither is the answer to QoS 2"

    async def test_packet_ids_come_round(self) -> None:
        async with lab() as place:
            peer = await place.client("ann")
            await peer.subscribe("a", qos=1)
            session = place.broker.sessions["ann"]
            session._last_id = 65_533
            speaks = await place.client()
            for _ in range(3):
                await speaks.publish("a", qos=1)
            held = [await peer.expect(Publish) for _ in range(3)]
            assert [one.packet_id for one in held] == [65_534, 65_535, 1]
            session._last_id = 65_533
            await speaks.publish("a", qos=1)
            assert (await peer.expect(Publish)).packet_id == 2


class TestQueue:
    async def test_how_many_wait(self) -> None:
        async with lab(limits=Limits(queue=3), window="2") as place:
            peer = await place.client("ann")
            await peer.subscribe("a", qos=1)
            speaks = await place.client()
            for number in range(10):
                await speaks.publish("a", b"%d" % number, qos=1)
            assert place.broker.counters.dropped == 5
            heard = []
            for _ in range(5):
                one = await peer.expect(Publish)
                heard.append(one.payload)
                await peer.say(packets.PubAck(packet_id=one.packet_id))
            assert heard == [b"0", b"1", b"2", b"3", b"4"]
            assert await peer.quiet()

    async def test_how_many_bytes(self) -> None:
        async with lab(limits=Limits(queue_bytes=1000)) as place:
            peer = await place.client("ann", properties=KEPT)
            await peer.subscribe("a", qos=1)
            await peer.gone()
            speaks = await place.client()
            for _ in range(10):
                await speaks.publish("a", bytes(300), qos=1)
            assert place.broker.sessions["ann"].waiting == 3

    async def test_all_that_is_retained_comes(self) -> None:
        async with lab(limits=Limits(queue=5), window="3") as place:
            speaks = await place.client()
            for number in range(20):
                await speaks.publish(f"a/{number:02}", qos=1, retain=True)
            peer = await place.client("ann")
            await peer.subscribe("a/#", qos=1)
            heard = []
            for _ in range(20):
                one = await peer.expect(Publish)
                heard.append(one.topic)
                await peer.say(packets.PubAck(packet_id=one.packet_id))
            assert heard == [f"a/{number:02}" for number in range(20)]
            again = packets.Subscribe(packet_id=1, wanted=(Wanted(filter="a/#", qos=1),))
            await peer.say(again, again, again)
            await turns()
            assert place.broker.sessions["ann"].waiting == 20, "what waits already is enough"

    def test_what_expires_while_it_waits(self) -> None:
        """MQTT-3.3.2-5, MQTT-3.3.2-6."""

        async def main() -> None:
            async with lab() as place:
                peer = await place.client("ann", properties=KEPT)
                await peer.subscribe("a", qos=1)
                await peer.gone()
                speaks = await place.client()
                for seconds in (5, 60, None):
                    said = Properties(message_expiry=seconds)
                    await speaks.publish("a", qos=1, properties=said, retain=seconds == 5)
                await asyncio.sleep(20)
                again = await place.client("ann", clean_start=False, properties=KEPT)
                heard = [await again.expect(Publish) for _ in range(2)]
                assert [one.properties.message_expiry for one in heard] == [40, None]
                assert place.broker.counters.expired == 1
                assert place.bus.retained("#") == ()

        run(main())

    async def test_one_with_an_expiry_of_0_is_told_to_nobody(self) -> None:
        async with lab() as place:
            peer = await place.client("ann")
            await peer.subscribe("a")
            await peer.say(Publish(topic="a", properties=Properties(message_expiry=0)))
            assert await peer.quiet()


class TestLimits:
    async def test_subscriptions(self) -> None:
        async with lab(limits=Limits(patterns=3)) as place:
            peer = await place.client("ann")
            assert await peer.subscribe("a", "b", "$share/g/c", "d", "a", "$share/g/d") == (0, 0, 0, 0x97, 0, 0x97)
            await peer.say(packets.Unsubscribe(packet_id=1, filters=("a", "$share/g/c")))
            await peer.expect(packets.UnsubAck)
            assert await peer.subscribe("$share/h/d", "e") == (0, 0)
            assert sorted(place.broker.sessions["ann"].subscriptions) == ["$share/h/d", "b", "e"]

    async def test_subscribers(self) -> None:
        async with lab(limits=Limits(subscribers=2)) as place:
            peers = [await place.client(f"{number}") for number in range(3)]
            assert [(await peer.subscribe("a"))[0] for peer in peers] == [0, 0, 0x97]
            assert await peers[2].subscribe("$share/g/a") == (0x97,)
            await peers[0].gone()
            await turns()
            assert await peers[2].subscribe("$share/g/a") == (0,)
