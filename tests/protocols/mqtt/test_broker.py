"""What connections share: sessions that are kept, taken over and expire, wills that wait (MQTT 5.0 §3.1.2, §4.1)."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.mqtt import broker as broker_module
from netloom.protocols.mqtt.broker import around, broker_of
from netloom.serving import Serving
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import V5, V311, Disconnect, Publish, Will
from netloom.wire.mqtt.properties import Properties
from netloom.wire.mqtt.reasons import Reason
from tests.protocols.mqtt.lab import lab, turns
from tests.worlds import pending_timers

VERSIONS = pytest.mark.parametrize("version", [V311, V5])
KEPT = Properties(session_expiry=100)


def kept(version: int) -> Properties:
    return KEPT if version == V5 else Properties()


class TestSessions:
    @VERSIONS
    async def test_one_that_is_kept(self, version: int) -> None:
        """MQTT-3.1.2-4, MQTT-3.1.2-5, MQTT-3.1.2-6, MQTT-3.2.2-2, MQTT-3.2.2-3."""
        async with lab() as place:
            peer = await place.client("ann", version, clean_start=False, properties=kept(version))
            await peer.subscribe("a", qos=1)
            await peer.gone()
            assert place.broker.connected == 0
            speaks = await place.client()
            await speaks.publish("a", b"0", qos=0)
            await speaks.publish("a", b"1", qos=1)
            await speaks.publish("a", b"2", qos=2)
            again = await place.peer(version)
            assert (await again.connect("ann", clean_start=False, properties=kept(version))).session_present
            heard = [await again.expect(Publish) for _ in range(2)]
            assert [(one.payload, one.qos, one.dup) for one in heard] == [(b"1", 1, False), (b"2", 1, False)]
            for one in heard:
                await again.say(packets.PubAck(packet_id=one.packet_id))
            await again.gone()
            new = await place.peer(version)
            assert not (await new.connect("ann", clean_start=True)).session_present
            await speaks.publish("a", b"3", qos=1)
            assert await new.quiet()

    @VERSIONS
    async def test_one_that_is_not(self, version: int) -> None:
        async with lab() as place:
            for _ in range(2):
                peer = await place.peer(version)
                assert not (await peer.connect("ann", clean_start=True)).session_present
                await peer.subscribe("a")
                await peer.gone()
                assert not place.broker.sessions
                assert not place.bus.subscribers

    def test_they_expire(self) -> None:
        """MQTT 5.0 §3.1.2.11.2, and MQTT-3.1.2-23; in 3.1.1 after what the server has set."""

        async def main() -> None:
            for version, seconds in ((V5, 100.0), (V311, 200.0)):
                async with lab(max_session_expiry="200") as place:
                    peer = await place.client("ann", version, clean_start=False, properties=kept(version))
                    await peer.subscribe("a")
                    await peer.gone()
                    await asyncio.sleep(seconds - 1)
                    assert "ann" in place.broker.sessions
                    await asyncio.sleep(2)
                    assert not place.broker.sessions
                    assert not place.bus.subscribers
                    assert place.broker.counters.expired == 1

        run(main())

    def test_for_no_longer_than_is_granted(self) -> None:
        async def main() -> None:
            async with lab(max_session_expiry="50") as place:
                peer = await place.peer()
                answer = await peer.connect("ann", properties=Properties(session_expiry=0xFFFFFFFF))
                assert answer.properties.session_expiry == 50
                await peer.gone()
                await asyncio.sleep(51)
                assert not place.broker.sessions
            async with lab(max_session_expiry="4294967295") as place:
                peer = await place.peer()
                answer = await peer.connect("ann", properties=Properties(session_expiry=0xFFFFFFFF))
                assert answer.properties.session_expiry is None
                await peer.gone()
                await asyncio.sleep(1e6)
                assert place.broker.sessions

        run(main())

    def test_a_goodbye_may_change_it(self) -> None:
        """MQTT 5.0 §3.14.2.2.2."""

        async def main() -> None:
            async with lab() as place:
                peer = await place.client("ann", properties=KEPT)
                await peer.say(Disconnect(properties=Properties(session_expiry=0)))
                assert await peer.hear() is None
                await turns()
                assert not place.broker.sessions
                other = await place.client("bob")
                await other.say(Disconnect(properties=Properties(session_expiry=5)))
                assert (await other.expect(Disconnect)).reason == Reason.PROTOCOL_ERROR

        run(main())

    @VERSIONS
    async def test_taken_over(self, version: int) -> None:
        """MQTT-3.1.4-3."""
        async with lab() as place:
            first = await place.client("ann", version, clean_start=False, properties=kept(version))
            await first.subscribe("a")
            second = await place.peer(version)
            assert (await second.connect("ann", clean_start=False, properties=kept(version))).session_present
            if version == V5:
                assert (await first.expect(Disconnect)).reason == Reason.SESSION_TAKEN_OVER
            assert await first.hear() is None
            await second.publish("a", b"mine")
            assert (await second.expect(Publish)).payload == b"mine"
            assert place.broker.connected == 1
            assert len(place.broker.sessions) == 1

    async def test_who_is_away_the_longest_makes_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broker_module, "AWAY", 2)
        async with lab() as place:
            for name in ("a", "b", "c"):
                peer = await place.client(name, properties=KEPT)
                await peer.gone()
            assert list(place.broker.sessions) == ["b", "c"]
            assert not (await (await place.peer()).connect("a", clean_start=False)).session_present

    async def test_what_waits_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(broker_module, "HELD", 1000)
        async with lab() as place:
            for name in ("ann", "bob"):
                peer = await place.client(name, properties=KEPT)
                await peer.subscribe("#", qos=1)
                await peer.gone()
            speaks = await place.client()
            for _ in range(10):
                await speaks.publish("a", bytes(100), qos=1)
            assert place.broker.held_bytes <= 1000
            assert place.broker.counters.dropped > 10
            for name in ("ann", "bob"):
                await place.client(name, clean_start=True)
            assert place.broker.held_bytes == place.broker.held_count == 0


class TestWills:
    WILL = Will(topic="will", payload=b"gone", qos=1, properties=Properties(content_type="x", will_delay=None))

    @VERSIONS
    @pytest.mark.parametrize("end", ["abort", "bad packet", "goodbye with will", "takeover"])
    async def test_published(self, version: int, end: str) -> None:
        """MQTT-3.1.2-8."""
        if end == "goodbye with will" and version == V311:
            return
        async with lab() as place:
            hears = await place.client("hears")
            await hears.subscribe("will", qos=2)
            will = self.WILL if version == V5 else Will(topic="will", payload=b"gone", qos=1)
            peer = await place.client("ann", version, will=will)
            if end == "bad packet":
                await peer.say(b"\xff")
            elif end == "goodbye with will":
                await peer.say(Disconnect(reason=4))
            elif end == "takeover":
                await place.client("ann", version)
            else:
                await peer.gone()
            heard = await hears.expect(Publish)
            assert (heard.topic, heard.payload, heard.qos, heard.retain) == ("will", b"gone", 1, False)
            assert heard.properties == Properties(content_type="x" if version == V5 else None)

    @VERSIONS
    async def test_not_after_a_goodbye(self, version: int) -> None:
        """MQTT-3.1.2-10, MQTT-3.14.4-3."""
        async with lab() as place:
            hears = await place.client("hears")
            await hears.subscribe("will")
            peer = await place.client("ann", version, will=Will(topic="will"))
            await peer.say(Disconnect())
            assert await peer.hear() is None
            await turns()
            assert await hears.quiet()

    async def test_retained(self) -> None:
        """MQTT-3.1.2-14."""
        async with lab() as place:
            peer = await place.client("ann", will=Will(topic="will", payload=b"x", retain=True))
            await peer.gone()
            assert [message.topic for message in place.bus.retained("#")] == ["will"]

    def test_it_waits(self) -> None:
        """MQTT-3.1.3-9: not where the client comes back in time."""

        async def main() -> None:
            loop = asyncio.get_running_loop()
            will = Will(topic="will", properties=Properties(will_delay=30))
            async with lab() as place, place.bus.subscribe("will") as heard:
                first = await place.client("ann", will=will, properties=KEPT)
                await first.gone()
                await asyncio.sleep(20)
                second = await place.client("ann", clean_start=False, will=will, properties=KEPT)
                await asyncio.sleep(50)
                began = loop.time()
                await second.gone()
                await anext(heard)
                assert loop.time() - began == pytest.approx(30.0)

        run(main())

    @pytest.mark.parametrize(("expiry", "after"), [(10, 10.0), (0, 0.0), (None, 0.0), (100, 30.0)])
    def test_no_longer_than_the_session(self, expiry: int | None, after: float) -> None:
        """MQTT 5.0 §3.1.3.2.2."""

        async def main() -> None:
            loop = asyncio.get_running_loop()
            will = Will(topic="will", properties=Properties(will_delay=30))
            async with lab() as place, place.bus.subscribe("will") as heard:
                peer = await place.client("ann", will=will, properties=Properties(session_expiry=expiry))
                await peer.gone()
                began = loop.time()
                await anext(heard)
                assert loop.time() - began == pytest.approx(after)
                heard.close()
                assert [message async for message in heard] == []

        run(main())

    @pytest.mark.parametrize(
        ("clean", "expiry", "published"), [(True, 100, True), (False, 100, False), (True, 0, True), (False, 0, False)]
    )
    def test_taken_over_while_it_would_wait(self, *, clean: bool, expiry: int, published: bool) -> None:
        """MQTT 5.0 §3.1.4."""

        async def main() -> None:
            will = Will(topic="will", properties=Properties(will_delay=30))
            said = Properties(session_expiry=expiry)
            async with lab() as place, place.bus.subscribe("will") as heard:
                await place.client("ann", will=will, properties=said)
                await place.client("ann", clean_start=clean, properties=said)
                await asyncio.sleep(60)
                heard.close()
                assert bool([message async for message in heard]) is published

        run(main())


class TestAround:
    async def test_a_bus_has_one_broker_on_all_ports(self) -> None:
        bus = Bus()
        network = MemoryNetwork()
        places = [Endpoint.parse(url) for url in ("mqtt://127.0.0.1:0", "mqtt+ws://127.0.0.1:0")]
        async with Serving(places, [bus], network=network):
            broker = broker_of(bus)
            async with Serving(places[:1], [bus], network=network):
                assert broker_of(bus) is broker
            assert broker_of(bus) is broker
        with pytest.raises(KeyError):
            broker_of(bus)

    def test_the_end_leaves_nothing(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with around(bus):
                pass
            async with lab() as place:
                will = Will(topic="will", properties=Properties(will_delay=30))
                peer = await place.client("ann", will=will, properties=KEPT)
                await peer.subscribe("a", "$share/g/b", "$SYS/#")
                await peer.gone()
                bus = place.bus
            await turns()
            assert not bus.subscribers
            assert not pending_timers(asyncio.get_running_loop())

        run(main())
