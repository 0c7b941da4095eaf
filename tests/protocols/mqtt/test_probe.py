"""What a probe learns (MQTT 5.0 §3.2)."""

from __future__ import annotations

from netloom.protocols.mqtt.probe import Facts, probe
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import ConnAck, Publish
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.lab import lab
from tests.protocols.mqtt.scripted import Server, against


async def test_our_own() -> None:
    async with lab() as place:
        facts = Facts()
        async with place.attempt() as attempt:
            await probe(attempt.client, facts)
        assert attempt.error is None
        assert (facts.version, facts.reason, facts.code, facts.server) == ("5", "success", 0, "netloom")
        assert facts.receive_maximum == 1000
        assert facts.maximum_packet_size == 1 << 20
        assert facts.topic_alias_maximum == 16
        assert facts.client_id.startswith("netloom-")
        assert facts.retain
        assert facts.wildcards
        assert facts.shared_subscriptions
        assert facts.ping is not None
        assert facts.summary.startswith("MQTT 5 · netloom · ping ")


async def test_an_older_one() -> None:
    async with lab() as place:
        facts = Facts()
        async with place.attempt(version="3.1.1") as attempt:
            await probe(attempt.client, facts)
        assert (facts.version, facts.reason, facts.server, facts.retain) == ("3.1.1", "accepted", "netloom", None)


async def test_one_that_refuses() -> None:
    async with lab(accounts=("ann:pw",)) as place:
        facts = Facts()
        place.url = place.url.replace("mqtt://", "mqtt://ann:wrong@")
        async with place.attempt() as attempt:
            await probe(attempt.client, facts)
        assert attempt.error is not None
        assert facts.reason == "bad user name or password"
        assert facts.summary == "MQTT 5: bad user name or password"


async def test_limits_and_what_is_not_readable() -> None:
    said = Properties(
        maximum_qos=1, retain_available=False, wildcard_subscriptions=False, shared_subscriptions=False,
        subscription_identifiers_available=False, server_keep_alive=9, session_expiry=0, response_information="r/",
        user=(("k", "v"),),
    )  # fmt: skip

    async def handle(server: Server) -> None:
        await server.hear()
        await server.say(ConnAck(properties=said))
        while (packet := await server.hear()) is not None:
            if isinstance(packet, packets.PingReq):
                await server.say(Publish(topic="noise"), b"\xd0\0")
            elif isinstance(packet, packets.Subscribe):
                await server.say(packets.SubAck(packet_id=packet.packet_id, reasons=(0x87,)))

    async with against(handle) as attempt:
        facts = Facts()
        async with attempt() as trying:
            await probe(trying.client, facts)
        assert trying.error is None
    assert (facts.maximum_qos, facts.keep_alive, facts.session_expiry) == (1, 9, 0)
    assert not any((facts.retain, facts.wildcards, facts.shared_subscriptions, facts.subscription_identifiers))
    assert (facts.response_information, facts.properties, facts.server) == ("r/", {"k": "v"}, "")
    assert "QoS 1 at most" in facts.summary
