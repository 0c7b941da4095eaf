"""One connection at the server, rule by rule (MQTT 5.0 §3, §4; MQTT 3.1.1 §3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.errors import Status
from netloom.links.virtual import run
from netloom.records import Message
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import V5, V311, Disconnect, Publish, Wanted, Will
from netloom.wire.mqtt.properties import NONE, Properties
from netloom.wire.mqtt.reasons import Reason
from tests.protocols.mqtt.lab import lab, turns

VERSIONS = pytest.mark.parametrize("version", [V311, V5])


class TestConnect:
    @VERSIONS
    async def test_accepted(self, version: int) -> None:
        async with lab() as place:
            peer = await place.peer(version)
            answer = await peer.connect("ann")
            assert (answer.reason, answer.session_present) == (0, False)
            if version == V5:
                assert answer.properties == Properties(
                    receive_maximum=1000, maximum_packet_size=1 << 20, topic_alias_maximum=16
                )
            await peer.say(packets.Disconnect())
            assert await peer.hear() is None
            await turns()
            assert [(one.verb, one.target, one.status) for one in place.records] == [
                ("CONNECT", "ann", "success"),
                ("DISCONNECT", "ann", ""),
            ]

    async def test_a_name_is_made_up(self) -> None:
        """MQTT-3.1.3-6, MQTT-3.1.3-7."""
        async with lab() as place:
            first, second = await place.peer(), await place.peer()
            names = [(await peer.connect("")).properties.assigned_client_id for peer in (first, second)]
            assert names[0] != names[1]
            assert all(name is not None and name in place.broker.sessions for name in names)

    async def test_no_name_for_a_session_that_is_kept(self) -> None:
        """MQTT 3.1.1, MQTT-3.1.3-8."""
        async with lab() as place:
            peer = await place.peer(V311)
            assert (await peer.connect("", clean_start=False)).reason == 2
            assert await peer.hear() is None

    @pytest.mark.parametrize(
        ("said", "answer"),
        [
            (b"\x10\x0e\0\6MQIsdp\3\2\0\0\0\0", b"\x20\2\0\1"),
            (b"\x10\x0c\0\4MQTT\3\2\0\0\0\0", b"\x20\2\0\1"),
            (b"\x10\x0d\0\4MQTT\6\2\0\0\0\0\0", b"\x20\3\0\x84\0"),
            (b"\x10\x0d\0\4MQTT\5\3\0\0\0\0\0", b"\x20\3\0\x81\0"),
            (b"\x10\x0e\0\4MQTT\5\2\0\0\1\x7f\0\0", b"\x20\3\0\x81\0"),
            (b"\x10\x0c\0\4MQTT\4\3\0\0\0\0", b""),
            (b"\x10\x0c\0\4HTTP\4\2\0\0\0\0", b""),
            (b"GET / HTTP/1.1\r\n\r\n", b""),
            (b"\xc0\0", b""),
            (b"\x30\3\0\1a", b""),
            (b"\x10\xff\xff\xff\x7f", b""),
        ],
    )
    async def test_what_is_no_connect(self, said: bytes, answer: bytes) -> None:
        async with lab() as place:
            peer = await place.peer()
            await peer.stream.write(said)
            heard = b""
            while data := await peer.stream.read():
                heard += data
            assert heard == answer
            assert not place.broker.sessions
            other = await place.client()
            assert await other.quiet()

    def test_whoever_says_nothing_is_not_waited_for(self) -> None:
        async def main() -> None:
            async with lab(idle="10") as place:
                silent, slow = await place.peer(), await place.peer()
                closing = asyncio.ensure_future(silent.hear())
                for octet in b"\x10\x7f\0\4MQTT\4\2\0\0\0\0":
                    await slow.stream.write(bytes((octet,)))
                    await asyncio.sleep(3.0)
                    if await _ended(slow):
                        break
                assert 9.0 < asyncio.get_running_loop().time() < 13.0
                assert await closing is None

        run(main())

    async def test_a_second_connect(self) -> None:
        """MQTT-3.1.0-2."""
        async with lab() as place:
            peer = await place.client("ann")
            await peer.say(packets.Connect(client_id="bob"))
            assert (await peer.expect(Disconnect)).reason == Reason.PROTOCOL_ERROR
            assert await peer.hear() is None
            assert "bob" not in place.broker.sessions

    async def test_packets_may_follow_at_once(self) -> None:
        """MQTT 5.0 §3.1.4."""
        async with lab() as place:
            peer = await place.peer()
            await peer.say(packets.Connect(), packets.PingReq())
            await peer.expect(packets.ConnAck)
            await peer.expect(packets.PingResp)

    async def test_a_method_that_is_not_known(self) -> None:
        """MQTT 5.0 §4.12, MQTT-4.12.0-1."""
        async with lab() as place:
            peer = await place.peer()
            answer = await peer.connect("ann", properties=Properties(authentication_method="SCRAM-SHA-1"))
            assert answer.reason == Reason.BAD_AUTHENTICATION_METHOD
            other = await place.client()
            await other.say(packets.Auth(reason=0x19, properties=Properties(authentication_method="x")))
            assert (await other.expect(Disconnect)).reason == Reason.PROTOCOL_ERROR

    async def test_a_name_that_is_too_long(self) -> None:
        async with lab() as place:
            for version, reason in ((V311, 2), (V5, Reason.CLIENT_IDENTIFIER_NOT_VALID)):
                assert (await (await place.peer(version)).connect("x" * 1025)).reason == reason
            assert (await (await place.peer()).connect("x" * 1024)).reason == 0

    def test_keep_alive(self) -> None:
        """One and a half times (MQTT-3.1.2-22), or what the server grants (§3.2.2.3.14)."""

        async def main() -> None:
            loop = asyncio.get_running_loop()
            for option, granted, wanted, ends in (("0", None, 10, 15.0), ("4", 4, 10, 6.0), ("4", 4, 0, 6.0)):
                async with lab(max_keep_alive=option) as place:
                    peer = await place.peer()
                    began = loop.time()
                    answer = await peer.connect("ann", keep_alive=wanted)
                    assert answer.properties.server_keep_alive == granted
                    assert await peer.hear() is None
                    assert loop.time() - began == pytest.approx(ends)
            async with lab(idle="5") as place:
                peer = await place.client(keep_alive=0)
                await asyncio.sleep(1000.0)
                assert await peer.quiet()

        run(main())


async def _ended(peer: Any) -> bool:
    return bool(peer.stream.at_eof) or peer.stream.transport.is_closing()


class TestPublish:
    @VERSIONS
    @pytest.mark.parametrize("qos", [0, 1, 2])
    @pytest.mark.parametrize("granted", [0, 1, 2])
    async def test_each_qos_to_each(self, version: int, qos: int, granted: int) -> None:
        """The lesser of both (MQTT-3.8.4-8)."""
        async with lab() as place:
            hears, speaks = await place.client("hears", version), await place.client("speaks")
            assert await hears.subscribe("a/+", qos=granted) == (granted,)
            assert await speaks.publish("a/b", b"payload", qos=qos) in (None, 0)
            heard = await hears.expect(Publish)
            assert heard == Publish(topic="a/b", payload=b"payload", qos=min(qos, granted), packet_id=heard.packet_id)
            if heard.qos == 1:
                await hears.say(packets.PubAck(packet_id=heard.packet_id))
            elif heard.qos == 2:
                await hears.say(packets.PubRec(packet_id=heard.packet_id))
                assert (await hears.expect(packets.PubRel)).packet_id == heard.packet_id
                await hears.say(packets.PubComp(packet_id=heard.packet_id))
            assert await hears.quiet()
            assert place.broker.held_count == place.broker.held_bytes == 0

    async def test_nobody_hears(self) -> None:
        async with lab() as place:
            peer = await place.client()
            assert await peer.publish("a", qos=1) == Reason.NO_MATCHING_SUBSCRIBERS
            assert await peer.publish("a", qos=2) == Reason.NO_MATCHING_SUBSCRIBERS
            old = await place.client(version=V311)
            assert await old.publish("a", qos=1) == 0

    async def test_exactly_once(self) -> None:
        """MQTT-4.3.3-10, MQTT-4.3.3-11: what is sent again isn't published again."""
        async with lab() as place:
            hears, speaks = await place.client("hears"), await place.client("speaks")
            await hears.subscribe("a", qos=0)
            message = Publish(topic="a", payload=b"once", qos=2, packet_id=3)
            again = Publish(topic="a", payload=b"once", qos=2, packet_id=3, dup=True)
            await speaks.say(message, again, again)
            for _ in range(3):
                assert (await speaks.expect(packets.PubRec)).reason == 0
            await speaks.say(packets.PubRel(packet_id=3), packets.PubRel(packet_id=3))
            assert (await speaks.expect(packets.PubComp)).reason == 0
            assert (await speaks.expect(packets.PubComp)).reason == Reason.PACKET_IDENTIFIER_NOT_FOUND
            await speaks.say(message)
            await speaks.expect(packets.PubRec)
            assert [(await hears.expect(Publish)).payload for _ in range(2)] == [b"once"] * 2
            assert await hears.quiet()

    async def test_properties_go_on_unchanged(self) -> None:
        """MQTT-3.3.2-4, -15, -16, -17, -18, -20: and in their order, twice the same name included."""
        said = Properties(
            payload_format=True,
            content_type="text/plain",
            response_topic="answers",
            correlation_data=b"\0\xff",
            user=(("b", "1"), ("a", "2"), ("b", "3")),
        )
        async with lab() as place:
            hears, old, speaks = await place.client(), await place.client(version=V311), await place.client()
            await hears.subscribe("a")
            await old.subscribe("a")
            async with place.bus.subscribe("a") as heard:
                await speaks.publish("a", b"x", properties=said)
                assert (await hears.expect(Publish)).properties == said
                assert (await old.expect(Publish)).properties == NONE
                message = await anext(heard)
                assert message.properties == {
                    "content-type": "text/plain", "response-topic": "answers", "correlation-data": "00ff",
                    "a": "2", "b": "3",
                }  # fmt: skip

    async def test_what_others_publish(self) -> None:
        async with lab() as place:
            hears, old = await place.client(), await place.client(version=V311)
            await hears.subscribe("#", qos=1)
            await old.subscribe("#")
            place.bus.publish(Message(topic="a", payload=b"1", properties={"content-type": "x", "k": "v"}))
            place.bus.publish(Message(topic="", payload=b"2"))
            place.bus.publish(Message(topic="b", payload=b"3", properties={"k": "\0", "response-topic": "#"}))
            heard = [await hears.expect(Publish) for _ in range(3)]
            assert [(one.topic, one.payload, one.qos) for one in heard] == [
                ("a", b"1", 1), ("/", b"2", 1), ("b", b"3", 1),
            ]  # fmt: skip
            assert heard[0].properties == Properties(content_type="x", user=(("k", "v"),))
            assert heard[2].properties == Properties(user=(("response-topic", "#"),))
            assert [(await old.expect(Publish)).payload for _ in range(3)] == [b"1", b"2", b"3"]

    async def test_aliases_of_topics(self) -> None:
        """MQTT 5.0 §3.3.2.3.4."""
        async with lab(topic_aliases="2") as place:
            hears, speaks = await place.client(), await place.client()
            await hears.subscribe("#")
            for topic, alias in (("a", 1), ("", 1), ("b", 1), ("", 1), ("c", 2), ("", 1)):
                await speaks.publish(topic, properties=Properties(topic_alias=alias))
            heard = [await hears.expect(Publish) for _ in range(6)]
            assert [one.topic for one in heard] == ["a", "a", "b", "b", "c", "b"]
            assert all(one.properties == NONE for one in heard)
            for topic, alias in (("d", 3), ("", 2)):
                stranger = await place.client()
                await stranger.publish(topic, properties=Properties(topic_alias=alias))
                assert (await stranger.expect(Disconnect)).reason == Reason.TOPIC_ALIAS_INVALID

    async def test_more_than_may_be_on_their_way(self) -> None:
        """MQTT-3.3.4-7 and §4.9."""
        async with lab(receive_maximum="3") as place:
            peer = await place.client()
            for number in range(1, 4):
                await peer.say(Publish(topic="a", qos=2, packet_id=number))
                await peer.expect(packets.PubRec)
            await peer.publish("a", qos=1, number=9)
            await peer.say(Publish(topic="a", qos=2, packet_id=2, dup=True))
            await peer.expect(packets.PubRec)
            await peer.say(Publish(topic="a", qos=2, packet_id=4))
            assert (await peer.expect(Disconnect)).reason == Reason.RECEIVE_MAXIMUM_EXCEEDED

    async def test_a_packet_that_is_too_large(self) -> None:
        """MQTT-3.2.2-15."""
        async with lab(max_packet="1000") as place:
            peer = await place.peer()
            assert (await peer.connect()).properties.maximum_packet_size == 1000
            await peer.say(Publish(topic="a", payload=bytes(1000)))
            assert (await peer.expect(Disconnect)).reason == Reason.PACKET_TOO_LARGE

    async def test_topics_that_are_the_servers(self) -> None:
        """MQTT 5.0 §4.7.2."""
        async with lab() as place:
            peer = await place.client()
            assert await peer.publish("$SYS/broker/version", qos=1) == Reason.NOT_AUTHORIZED
            assert await peer.publish("$SYS", qos=2) == Reason.NOT_AUTHORIZED
            assert await peer.publish("$share/g/a", qos=1) == Reason.NOT_AUTHORIZED
            assert await peer.publish("$SYSTEM/a", qos=1) == Reason.NO_MATCHING_SUBSCRIBERS
            await peer.publish("$SYS/x")
            assert (await peer.expect(Disconnect)).reason == Reason.NOT_AUTHORIZED

    async def test_topics_that_the_bus_has_no_room_for(self) -> None:
        async with lab() as place:
            peer = await place.client()
            assert await peer.publish("/" * 128, qos=1) == Reason.TOPIC_NAME_INVALID
            assert await peer.subscribe("/" * 128) == (Reason.TOPIC_FILTER_INVALID,)

    async def test_bytes_that_are_no_packet_end_it_with_a_reason(self) -> None:
        async with lab() as place:
            for said, reason in (
                (b"\xff\xff", 0x81), (b"\x36\3\0\1a", 0x81), (b"\x30\3\0\1#", 0x90), (b"\x20\2\0\0", 0x82),
                (b"\x82\6\0\1\0\0\0\0", 0x8F), (b"\x40\2\0\0", 0x81),
            ):  # fmt: skip
                peer = await place.client()
                await peer.stream.write(said)
                assert (await peer.expect(Disconnect)).reason == reason, said
                assert await peer.hear() is None
            old = await place.client(version=V311)
            await old.stream.write(b"\xff")
            assert await old.hear() is None


class TestSubscribe:
    @VERSIONS
    async def test_several_at_once(self, version: int) -> None:
        """MQTT-3.8.4-6."""
        async with lab() as place:
            peer = await place.client(version=version)
            wanted = [Wanted(filter=name, qos=qos) for name, qos in (("a", 2), ("b", 0), ("/" * 200, 1), ("c", 1))]
            assert await peer.subscribe(*wanted) == (2, 0, 0x80 if version == V311 else 0x8F, 1)
            await peer.say(packets.Unsubscribe(packet_id=8, filters=("a", "none")))
            answer = await peer.expect(packets.UnsubAck)
            assert answer == packets.UnsubAck(
                packet_id=8, reasons=() if version == V311 else (0, Reason.NO_SUBSCRIPTION_EXISTED)
            )
            await peer.publish("a")
            await peer.publish("b")
            assert (await peer.expect(Publish)).topic == "b"

    async def test_each_message_comes_once(self) -> None:
        """With the highest QoS and all identifiers (MQTT-3.3.4-2, MQTT-3.3.4-3)."""
        async with lab() as place:
            peer = await place.client()
            for number, (pattern, qos) in enumerate((("a/#", 0), ("a/b", 2), ("+/b", 1)), 1):
                await peer.subscribe(pattern, qos=qos, said=Properties(subscription_identifiers=(number,)))
            await peer.subscribe("#")
            place.bus.publish(Message(topic="a/b", payload=b"x"))
            heard = await peer.expect(Publish)
            assert heard.qos == 2
            assert sorted(heard.properties.subscription_identifiers) == [1, 2, 3]
            await peer.say(packets.PubRec(packet_id=heard.packet_id))
            await peer.expect(packets.PubRel)
            assert await peer.quiet()

    async def test_no_local(self) -> None:
        """MQTT-3.8.3-3."""
        async with lab() as place:
            ann, bob = await place.client("ann"), await place.client("bob")
            for peer in (ann, bob):
                await peer.subscribe(Wanted(filter="a/#", no_local=True))
            await ann.publish("a/1", retain=True)
            await bob.publish("a/2")
            await bob.expect(Publish)
            await bob.quiet()
            place.bus.publish(Message(topic="a/3"))
            assert [(await ann.expect(Publish)).topic for _ in range(2)] == ["a/2", "a/3"]
            assert (await bob.expect(Publish)).topic == "a/3"
            await ann.subscribe("a/1", qos=0)  # another filter lets it through
            await ann.expect(Publish)
            await ann.publish("a/1", b"own")
            assert (await ann.expect(Publish)).payload == b"own"
            await ann.subscribe(Wanted(filter="a/1", no_local=True))
            assert await ann.quiet()

    @pytest.mark.parametrize(("as_published", "flag"), [(False, False), (True, True)])
    async def test_retain_as_published(self, *, as_published: bool, flag: bool) -> None:
        """MQTT-3.3.1-12, MQTT-3.3.1-13."""
        async with lab() as place:
            peer = await place.client()
            await peer.subscribe(Wanted(filter="a", retain_as_published=as_published))
            await peer.publish("a", b"1", retain=True)
            await peer.publish("a", b"2")
            assert [(await peer.expect(Publish)).retain for _ in range(2)] == [flag, False]

    async def test_retained_messages(self) -> None:
        """MQTT-3.3.1-5 to MQTT-3.3.1-11."""
        async with lab() as place:
            speaks = await place.client("speaks")
            await speaks.publish("a/1", b"old", retain=True)
            await speaks.publish("a/1", b"new", retain=True, qos=1)
            await speaks.publish("a/2", b"gone", retain=True)
            await speaks.publish("a/2", b"", retain=True)
            await speaks.publish("a/3", b"not kept")
            assert await speaks.quiet()
            hears = await place.client("hears")
            always, new, never = [Wanted(filter="a/+", qos=2, retain_handling=how) for how in range(3)]
            assert await hears.subscribe(never) == (2,)
            assert await hears.quiet()
            await hears.subscribe(new)
            assert await hears.quiet()
            await hears.subscribe(always)
            heard = await hears.expect(Publish)
            assert (heard.payload, heard.retain, heard.qos) == (b"new", True, 1)
            await hears.say(packets.PubAck(packet_id=heard.packet_id))
            await hears.say(packets.Unsubscribe(packet_id=1, filters=("a/+",)))
            await hears.expect(packets.UnsubAck)
            await hears.subscribe(new)
            assert (await hears.expect(Publish)).payload == b"new"

    async def test_the_servers_own_account(self) -> None:
        async with lab() as place:
            peer = await place.client("ann")
            await peer.subscribe("#", "+/broker/version")
            assert await peer.quiet()
            await peer.subscribe("$SYS/broker/clients/#", "$SYS/broker/version")
            heard = {}
            for _ in range(6):
                message = await peer.expect(Publish)
                heard[message.topic] = message.payload
                assert message.retain
            assert heard["$SYS/broker/version"] == b"netloom"
            assert heard["$SYS/broker/clients/connected"] == b"1"

    def test_which_goes_on_while_somebody_listens(self) -> None:
        async def main() -> None:
            async with lab() as place:
                peer = await place.client("ann")
                await peer.subscribe("$SYS/broker/uptime")
                assert [(await peer.expect(Publish)).payload for _ in range(3)] == [
                    b"0 seconds", b"10 seconds", b"20 seconds",
                ]  # fmt: skip
                await peer.gone()
                await asyncio.sleep(30.0)
                assert place.broker._telling is None

        run(main())


class TestEnds:
    def test_a_server_that_stops_says_so(self) -> None:
        async def main() -> None:
            async with lab() as place:
                peer = await place.client("ann", will=Will(topic="will"))
                async with place.bus.subscribe("will") as heard:
                    stopping = asyncio.ensure_future(place.serving.stop(1.0))
                    assert (await peer.expect(Disconnect)).reason == Reason.SERVER_SHUTTING_DOWN
                    assert await peer.hear() is None
                    await stopping
                    heard.close()
                    assert [message async for message in heard] == []

        run(main())

    async def test_one_fails_and_others_are_served(self) -> None:
        async with lab() as place:
            good = await place.client()
            await good.subscribe("a")
            for said in (b"\xff", b"\x30", b"\x82\x7f", b"\x10"):
                bad = await place.client()
                await bad.stream.write(said)
                await bad.gone()
            await good.publish("a", b"still here")
            assert (await good.expect(Publish)).payload == b"still here"

    async def test_our_client_hears_why(self) -> None:
        async with lab(accounts=("ann:pw",)) as place:
            async with place.attempt("/a", qos="1", version="5") as attempt:
                await attempt.client.send(Message(payload=b"x"))
            assert attempt.error is not None
            assert attempt.error.status is Status.UNAUTHENTICATED
            assert "not authorized" in attempt.error.message

    async def test_a_packet_that_the_client_would_not_take(self) -> None:
        """MQTT-3.1.2-24, MQTT-3.1.2-25."""
        async with lab() as place:
            peer = await place.peer()
            answer = await peer.connect(properties=Properties(maximum_packet_size=60))
            assert not answer.reason
            await peer.subscribe("#", qos=1)
            await peer.publish("a", bytes(100))
            await peer.publish("a", bytes(100), qos=1)
            await peer.publish("a", b"small")
            assert (await peer.expect(Publish)).payload == b"small"
            assert place.broker.counters.dropped == 2
            await peer.say(packets.Subscribe(packet_id=1, wanted=tuple(Wanted(filter=f"{n}") for n in range(60))))
            assert (await peer.expect(Disconnect)).reason == Reason.PACKET_TOO_LARGE
