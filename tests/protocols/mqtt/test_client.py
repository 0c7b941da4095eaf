"""What is asked of the client, and what it says (MQTT 5.0 §3.1, §3.3, §3.8)."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import LocalProtocolError, UsageError
from netloom.records import Message
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import ConnAck, Connect, Publish, Subscribe, Wanted, Will
from netloom.wire.mqtt.properties import Properties
from tests.protocols.mqtt.lab import lab
from tests.protocols.mqtt.scripted import Server, against


async def said(verb: str, message: Message | None = None, path: str = "/a/b", **options: str) -> list[Any]:
    """The packets that a client says."""
    heard: list[Any] = []

    async def handle(server: Server) -> None:
        while (packet := await server.hear()) is not None:
            heard.append(packet)
            if isinstance(packet, Connect):
                await server.say(ConnAck())
            elif isinstance(packet, Subscribe):
                await server.say(packets.SubAck(packet_id=packet.packet_id, reasons=(0,) * len(packet.wanted)))
                await server.say(Publish(topic="a"))
            elif isinstance(packet, Publish) and packet.qos == 1:
                await server.say(packets.PubAck(packet_id=packet.packet_id, reason=0x10))
            elif isinstance(packet, packets.PingReq):
                await server.say(b"\xd0\0")

    async with against(handle) as attempt:
        async with attempt(path, **options) as trying:
            if verb == "send":
                await trying.client.send(message or Message(payload=b"x"))
            else:
                async for _ in trying.client.listen(path):
                    break
        if trying.error is not None:
            raise trying.error
    return heard


async def test_everything_that_connect_says() -> None:
    options: dict[str, Any] = {
        "client_id": "ann", "clean_start": "no", "session_expiry": "60", "keep_alive": "30", "user_property": "a=b",
        "receive_maximum": "5", "max_packet": "1000", "topic_aliases": "0", "will_topic": "w", "will_message": "gone",
        "will_qos": "1", "will_retain": "yes", "will_delay": "9",
    }  # fmt: skip
    heard = await said("send", version="5", **options)
    assert heard[0] == Connect(
        client_id="ann",
        clean_start=False,
        keep_alive=30,
        will=Will(topic="w", payload=b"gone", qos=1, retain=True, properties=Properties(will_delay=9)),
        properties=Properties(session_expiry=60, receive_maximum=5, maximum_packet_size=1000, user=(("a", "b"),)),
    )
    assert [type(packet).__name__ for packet in heard] == ["Connect", "Publish", "PingReq", "Disconnect"]


async def test_a_message_and_its_properties() -> None:
    message = Message(payload=b"x", retain=True, properties={"k": "v", "content-type": "text/plain"})
    options: dict[str, Any] = {
        "content_type": "",
        "response_topic": "r",
        "correlation_data": "c",
        "message_expiry": "0",
        "text": "yes",
    }
    heard = await said("send", message, qos="1", user_property="a=b", version="5", **options)
    assert heard[1] == Publish(
        topic="a/b",
        payload=b"x",
        qos=1,
        retain=True,
        packet_id=1,
        properties=Properties(
            payload_format=True,
            message_expiry=0,
            content_type="text/plain",
            response_topic="r",
            correlation_data=b"c",
            user=(("k", "v"), ("a", "b")),
        ),
    )


@pytest.mark.parametrize(
    ("topic", "path", "published"),
    [
        ("", "/a/b", "a/b"), ("t", "/a/b", "t"), ("", "", "netloom"), ("", "/", "netloom"), ("", "//a", "/a"),
        ("", "/a/", "a/"), ("", "/a%20b/%C3%A4", "a b/ä"), ("", "/%24x", "$x"),
    ],
)  # fmt: skip
async def test_where_it_goes(topic: str, path: str, published: str) -> None:
    heard = await said("send", Message(topic=topic, payload=b"x"), path)
    assert heard[1].topic == published


@pytest.mark.parametrize("topic", ["a/#", "+", "a\0b", "\ud800"])
async def test_what_is_no_topic(topic: str) -> None:
    with pytest.raises(LocalProtocolError):
        await said("send", Message(topic=topic, payload=b"x"))


async def test_subscriptions() -> None:
    options: dict[str, Any] = {
        "qos": "2", "no_local": "yes", "retain_as_published": "yes", "retain_handling": "new",
        "subscription_identifier": "9", "user_property": "a=b", "subscribe": "c/%23,subscribe=d",
    }  # fmt: skip
    heard = await said("listen", path="/a/+", **options)
    wanted = [
        Wanted(filter=name, qos=2, no_local=True, retain_as_published=True, retain_handling=1)
        for name in ("a/+", "c/#", "d")
    ]
    assert heard[1] == Subscribe(
        packet_id=1,
        wanted=tuple(wanted),
        properties=Properties(subscription_identifiers=(9,), user=(("a", "b"),)),
    )
    assert (await said("listen", path=""))[1].wanted == (Wanted(filter="#"),)
    assert (await said("listen", path="", subscribe="x"))[1].wanted == (Wanted(filter="x"),)
    assert (await said("listen", path="/a", version="3.1.1"))[1] == Subscribe(packet_id=1, wanted=(Wanted(filter="a"),))


async def test_a_name_in_3_1_1() -> None:
    first, second = [(await said("send", version="3.1.1"))[0] for _ in range(2)]
    assert first.client_id != second.client_id
    assert 1 <= len(first.client_id) <= 23
    assert (await said("send"))[0].client_id == ""


@pytest.mark.parametrize(
    "options",
    [
        {"session_expiry": "1"}, {"user_property": "a=b"}, {"content_type": "x"}, {"no_local": "yes"},
        {"will_topic": "w", "will_delay": "1"}, {"subscription_identifier": "1"}, {"retain_handling": "never"},
        {"receive_maximum": "1"}, {"text": "yes"},
    ],
)  # fmt: skip
async def test_what_3_1_1_cannot_say(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(reversed(options))):
        await said("send", version="3.1.1", **options)


async def test_mistakes() -> None:
    wrong: list[dict[str, Any]] = [{"clean_start": "no"}, {"will_message": "x"}, {"will_qos": "1"}]
    for options in wrong:
        with pytest.raises(UsageError):
            await said("send", **options)
    with pytest.raises(UsageError):
        await said("send", Message(payload=b"x", properties={"a": "b"}), version="3.1.1")


@pytest.mark.parametrize("qos", [1, 2])
async def test_nobody_has_heard_it(qos: int) -> None:
    async with lab() as place, place.attempt("/a", qos=str(qos)) as attempt:
        reply = await attempt.client.send(Message(payload=b"x"))
        assert reply.meta == {"topic": "a", "qos": qos, "version": "5", "subscribers": 0}


async def test_a_session_that_is_kept_between_two_runs() -> None:
    async with lab() as place:
        for heard in ([], [b"1"], [b"2"]):
            kept = {"client_id": "ann", "clean_start": "no", "session_expiry": "60", "qos": "1"}
            async with place.attempt("/a", **kept) as attempt:
                client = attempt.client
                if not heard:
                    dialogue = await client.begin()
                    await dialogue.subscribe((Wanted(filter="a", qos=1),))
                else:
                    got = []
                    async for message in client.listen("/a"):
                        got.append(message.payload)
                        break
                    assert got == heard
            assert attempt.error is None
            if not heard:
                for payload in (b"1", b"2"):
                    place.bus.publish(Message(topic="a", payload=payload))
