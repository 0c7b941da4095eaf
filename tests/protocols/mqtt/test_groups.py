"""Shared subscriptions: one of those who share hears each message (MQTT 5.0 §4.8.2)."""

from __future__ import annotations

from collections import Counter

from netloom.records import Message
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import V311, Publish, Wanted
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.lab import Peer, lab

KEPT = Properties(session_expiry=100)


async def all_of(peer: Peer) -> list[bytes]:
    """The payloads that have come, acknowledged."""
    await peer.say(b"\xc0\0")
    heard = []
    while isinstance(packet := await peer.hear(), Publish):
        heard.append(packet.payload)
        if packet.qos:
            await peer.say(packets.PubAck(packet_id=packet.packet_id))
    return heard


async def test_they_take_turns() -> None:
    async with lab() as place:
        peers = [await place.client(f"{number}", V311 if number == 2 else 5) for number in range(3)]
        for peer in peers:
            assert await peer.subscribe("$share/g/a/#") == (0,)
        alone, speaks = await place.client("alone"), await place.client("speaks")
        await alone.subscribe("a/+", "$share/h/a/b")
        for number in range(9):
            await speaks.publish("a/b", b"%d" % number)
        assert await speaks.quiet()
        heard = [await all_of(peer) for peer in peers]
        assert heard == [[b"0", b"3", b"6"], [b"1", b"4", b"7"], [b"2", b"5", b"8"]]
        assert Counter(await all_of(alone)) == Counter({b"%d" % number: 2 for number in range(9)})
        assert len(place.broker.groups) == 2


async def test_nothing_that_is_retained() -> None:
    """MQTT 5.0 §3.3.1.3."""
    async with lab() as place:
        peer = await place.client()
        await peer.publish("a", retain=True)
        place.bus.publish(Message(topic="$share/g/a", payload=b"x", retain=True))
        await peer.subscribe("$share/g/a", "$share/g/#")
        assert await peer.quiet()


async def test_who_is_away_is_passed_over() -> None:
    async with lab() as place:
        away = await place.client("away", properties=KEPT)
        await away.subscribe("$share/g/a", qos=1)
        here = await place.client("here")
        await here.subscribe("$share/g/a", qos=1)
        await away.gone()
        speaks = await place.client("speaks")
        for number in range(4):
            await speaks.publish("a", b"%d" % number, qos=1)
        assert await all_of(here) == [b"0", b"1", b"2", b"3"]
        await here.gone()
        assert await speaks.publish("a", b"kept", qos=1) == 0
        await speaks.publish("a", b"not kept")
        again = await place.client("away", clean_start=False, properties=KEPT)
        assert await all_of(again) == [b"kept"]


async def test_who_has_no_room_is_passed_over() -> None:
    async with lab() as place:
        full = await place.client("full", properties=Properties(receive_maximum=1))
        free = await place.client("free")
        for peer in (full, free):
            await peer.subscribe("$share/g/a", qos=1)
        speaks = await place.client("speaks")
        for number in range(5):
            await speaks.publish("a", b"%d" % number, qos=1)
        assert await all_of(free) == [b"1", b"2", b"3", b"4"]


async def test_what_a_member_leaves_goes_to_another() -> None:
    """MQTT-4.8.2-5: where its session ends, before it has acknowledged."""
    async with lab() as place:
        first, second = await place.client("first"), await place.client("second")
        for peer in (first, second):
            await peer.subscribe("$share/g/a", qos=2)
        speaks = await place.client("speaks")
        for number, qos in enumerate((1, 1, 2, 2, 1, 1)):
            await speaks.publish("a", b"%d" % number, qos=qos)
        heard = [await first.expect(Publish) for _ in range(3)]
        assert [one.payload for one in heard] == [b"0", b"2", b"4"]
        await first.say(packets.PubAck(packet_id=heard[0].packet_id))
        assert await first.quiet()
        await first.gone()
        payloads = [(await second.expect(Publish)).payload for _ in range(4)]
        assert payloads == [b"1", b"3", b"5", b"4"], "what was sent with QoS 2 is told to nobody else"
        assert await second.quiet()


async def test_no_message_has_two_members_reject_it() -> None:
    """MQTT-4.8.2-6: who says no has it."""
    async with lab() as place:
        peers = [await place.client(name) for name in ("a", "b")]
        for peer in peers:
            await peer.subscribe("$share/g/x", qos=1)
        await (await place.client("speaks")).publish("x", qos=1)
        one = await peers[0].expect(Publish)
        await peers[0].say(packets.PubAck(packet_id=one.packet_id, reason=0x80))
        assert await peers[0].quiet()
        assert await peers[1].quiet()


async def test_the_last_one_ends_it() -> None:
    async with lab() as place:
        peer = await place.client("ann")
        await peer.subscribe(Wanted(filter="$share/g/a"), Wanted(filter="$share/g/a", qos=1))
        assert len(place.broker.groups) == place.bus.subscribers == 1
        await peer.say(packets.Unsubscribe(packet_id=1, filters=("$share/g/a", "$share/h/a")))
        assert (await peer.expect(packets.UnsubAck)).reasons == (0, 0x11)
        assert not place.broker.groups
        assert not place.bus.subscribers
        assert await peer.publish("a", qos=1) == 0x10
