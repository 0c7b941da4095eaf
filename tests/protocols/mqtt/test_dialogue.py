"""Our client with servers that do what they shouldn't, and what they may (MQTT 5.0 §3, §4)."""

from __future__ import annotations

import asyncio

import pytest

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Status,
    Unauthenticated,
)
from netloom.links.virtual import run
from netloom.records import Message
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.packets import ConnAck, Disconnect, Publish
from netloom.wire.mqtt.properties import NONE, Properties
from tests.protocols.mqtt.scripted import Server, against


async def sent(handle, **options: str):  # type: ignore[no-untyped-def]  # an attempt
    """How sending to a scripted server ended."""
    async with against(handle) as attempt:
        trying = attempt("/a", **{"version": "5", **options})
        async with trying:
            await trying.client.send(Message(payload=b"x"))
        return trying


class TestConnecting:
    @pytest.mark.parametrize(
        ("answer", "kind", "status"),
        [
            (b"\x20\3\0\x87\0", Unauthenticated, Status.UNAUTHENTICATED),
            (b"\x20\3\0\x86\0", Unauthenticated, Status.UNAUTHENTICATED),
            (b"\x20\3\0\x89\0", PeerRefused, Status.REFUSED_BY_PEER),
            (b"\x20\2\0\1", PeerRefused, Status.REFUSED_BY_PEER),
            (b"", ConnectionLost, Status.CLOSED),
            (b"\x20", ConnectionLost, Status.CLOSED),
            (b"\x20\3\1\0\0", RemoteProtocolError, Status.PROTOCOL_ERROR),  # MQTT-3.2.2-2: a session that was to be new
            (b"\x20\3\2\0\0", RemoteProtocolError, Status.PROTOCOL_ERROR),
            (b"\x30\4\0\1a\0", RemoteProtocolError, Status.PROTOCOL_ERROR),  # MQTT-3.2.0-1
            (b"\xd0\0", RemoteProtocolError, Status.PROTOCOL_ERROR),
            (b"\xe0\1\x89", RemoteProtocolError, Status.PROTOCOL_ERROR),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", RemoteProtocolError, Status.PROTOCOL_ERROR),
            (b"\x20\xff\xff\xff\x7f", RemoteProtocolError, Status.PROTOCOL_ERROR),
        ],
    )
    async def test_answers(self, answer: bytes, kind: type, status: Status) -> None:
        async def handle(server: Server) -> None:
            await server.hear()
            await server.say(answer)

        found = await sent(handle)
        assert isinstance(found.error, kind), found.error
        assert found.outcome()["status"] is status
        if answer.startswith(b"HTTP"):
            assert "http" in found.outcome()["hint"]

    async def test_the_servers_words(self) -> None:
        async def handle(server: Server) -> None:
            await server.hear()
            said = Properties(reason_string="try later", server_reference="b.example")
            await server.say(ConnAck(reason=0x9C, properties=said))

        found = await sent(handle)
        assert found.error.message == "the server refused: use another server: try later"
        assert found.error.hint == "it is elsewhere: b.example"
        assert (found.error.code, found.error.text) == (0x9C, "try later")

    def test_silence(self) -> None:
        async def handle(server: Server) -> None:
            await server.hear()
            await server.hear()

        async def main() -> None:
            found = await sent(handle)
            assert isinstance(found.error, DeadlineExceeded)
            assert found.error.phase is Phase.GREETING
            found = await sent(handle, idle="2")
            assert isinstance(found.error, DeadlineExceeded)

        run(main())

    @pytest.mark.parametrize("refuses", ["code", "reason", "closes"])
    async def test_an_older_server(self, refuses: str) -> None:
        heard = []

        async def handle(server: Server) -> None:
            packet = await server.hear()
            heard.append(packet.version)
            if packet.version == 5:
                if refuses != "closes":
                    await server.say(b"\x20\2\0\1" if refuses == "code" else b"\x20\3\0\x84\0")
                return
            await server.say(ConnAck())
            await server.hear()
            await server.say(packets.PubAck(packet_id=1))
            await server.hear()

        async with against(handle) as attempt:
            async with attempt("/a", qos="1") as trying:
                reply = await trying.client.send(Message(payload=b"x"))
            assert trying.error is None
            assert reply.meta == {"topic": "a", "qos": 1, "version": "3.1.1"}
            assert heard == [5, 4]
            async with attempt("/a", version="5") as trying:
                await trying.client.send(Message(payload=b"x"))
            assert trying.error is not None

    async def test_another_reason_does_not_make_it_older(self) -> None:
        heard = []

        async def handle(server: Server) -> None:
            heard.append((await server.hear()).version)
            await server.say(b"\x20\3\0\x87\0")

        await sent(handle, version="auto")
        assert heard == [5]


async def greet(server: Server, said: Properties = NONE) -> None:
    await server.hear()
    await server.say(ConnAck(properties=said))


class TestPublishing:
    @pytest.mark.parametrize(
        ("qos", "answer", "kind"),
        [
            ("1", packets.PubAck(packet_id=1, reason=0x97), PeerRefused),
            ("2", packets.PubRec(packet_id=1, reason=0x97), PeerRefused),
            ("1", packets.PubAck(packet_id=2), RemoteProtocolError),
            ("1", packets.PubRec(packet_id=1), RemoteProtocolError),
            ("2", packets.PubAck(packet_id=1), RemoteProtocolError),
            ("2", packets.PubComp(packet_id=1), RemoteProtocolError),
            ("1", ConnAck(), RemoteProtocolError),
            ("1", packets.UnsubAck(packet_id=1), RemoteProtocolError),
            ("1", packets.Auth(), RemoteProtocolError),
            ("1", Disconnect(reason=0x8B), PeerRefused),
            ("0", Disconnect(reason=0x87), Unauthenticated),
            ("1", b"\xff\xff", RemoteProtocolError),
            ("2", b"", ConnectionLost),
        ],
    )
    async def test_answers(self, qos: str, answer: packets.Packet | bytes, kind: type) -> None:
        async def handle(server: Server) -> None:
            await greet(server)
            await server.hear()
            await server.say(answer)
            if answer:
                await server.hear()

        found = await sent(handle, qos=qos)
        assert isinstance(found.error, kind), found.error

    async def test_what_the_server_does_not_take_is_not_sent(self) -> None:
        """MQTT-3.2.2-11, MQTT-3.2.2-14, MQTT-3.2.2-15."""
        heard = []
        limits = Properties(maximum_qos=1, retain_available=False, maximum_packet_size=50)

        async def handle(server: Server) -> None:
            await greet(server, limits)
            while (packet := await server.hear()) is not None:
                heard.append(packet)

        async with against(handle) as attempt:
            for options, message in (
                ({"qos": "2"}, Message(payload=b"x")),
                ({}, Message(payload=b"x", retain=True)),
                ({}, Message(payload=bytes(60))),
            ):
                async with attempt("/a", version="5", **options) as trying:
                    await trying.client.send(message)
                assert isinstance(trying.error, PeerRefused), trying.error
        assert not [packet for packet in heard if isinstance(packet, Publish)]

    async def test_several_at_once(self) -> None:
        """No more than the server takes (MQTT-3.3.4-7)."""
        under_way = most = 0

        async def handle(server: Server) -> None:
            nonlocal under_way, most
            await greet(server, Properties(receive_maximum=2))
            held = []
            while True:
                packet = await server.hear()
                if not isinstance(packet, Publish):
                    return
                held.append(packet.packet_id)
                most = max(most, len(held))
                if len(held) == 2:
                    await server.say(*(packets.PubAck(packet_id=number) for number in reversed(held)))
                    held.clear()

        async with against(handle) as attempt, attempt("/a", version="5", qos="1") as trying:
            await trying.client.begin()
            replies = await asyncio.gather(*(trying.client.send(Message(payload=b"x")) for _ in range(6)))
            assert len(replies) == 6
        assert trying.error is None
        assert most == 2


class TestHearing:
    async def test_each_qos(self) -> None:
        told = []

        async def handle(server: Server) -> None:
            await greet(server)
            subscribe = await server.hear()
            await server.say(packets.SubAck(packet_id=subscribe.packet_id, reasons=(2,)))
            for qos in range(3):
                await server.say(Publish(topic="a", payload=b"%d" % qos, qos=qos, packet_id=qos and 8 + qos))
            again = Publish(topic="a", payload=b"2", qos=2, packet_id=10, dup=True)
            await server.say(again, packets.PubRel(packet_id=10), again, packets.PubRel(packet_id=77))
            while (packet := await server.hear()) is not None:
                told.append(packet)

        async with against(handle) as attempt, attempt("/a", version="5", qos="2") as trying:
            heard = []
            async for message in trying.client.listen("/a"):
                heard.append(message.payload)
                if len(heard) == 4:
                    break
        assert heard == [b"0", b"1", b"2", b"2"], "released and sent anew it is another"
        assert packets.PubAck(packet_id=9) in told
        assert told.count(packets.PubRec(packet_id=10)) == 2
        assert {packets.PubComp(packet_id=10), packets.PubComp(packet_id=77)} <= set(told)
        assert told[-1] == Disconnect()

    async def test_only_what_was_handed_out_is_acknowledged(self) -> None:
        told = []

        async def handle(server: Server) -> None:
            await greet(server)
            await server.hear()
            await server.say(packets.SubAck(packet_id=1, reasons=(1,)))
            await server.say(*(Publish(topic="a", qos=1, packet_id=number) for number in (1, 2, 3)))
            while (packet := await server.hear()) is not None:
                told.append(packet)

        async with against(handle) as attempt, attempt("/a", version="5", qos="1") as trying:
            async for _ in trying.client.listen("/a"):
                break
        assert told == [packets.PubAck(packet_id=1), Disconnect()]

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (packets.SubAck(packet_id=1, reasons=(0x87,)), PeerRefused),
            (packets.SubAck(packet_id=1, reasons=(0, 0)), RemoteProtocolError),
            (packets.SubAck(packet_id=2, reasons=(0,)), RemoteProtocolError),
            (Publish(topic="a", properties=Properties(topic_alias=17)), RemoteProtocolError),
            (b"\x30\6\0\0\3\x23\0\1", RemoteProtocolError),
        ],
    )
    async def test_answers(self, answer: packets.Packet | bytes, kind: type) -> None:
        async def handle(server: Server) -> None:
            await greet(server)
            await server.hear()
            await server.say(answer)
            await server.hear()

        async with against(handle) as attempt, attempt("/a", version="5") as trying:
            async for _ in trying.client.listen("/a"):
                raise AssertionError
        assert isinstance(trying.error, kind), trying.error

    def test_a_server_that_is_gone_is_noticed(self) -> None:
        """MQTT 5.0 §3.1.2.10: by pings, at the interval that the server grants."""

        async def main() -> None:
            pings = 0

            async def handle(server: Server) -> None:
                nonlocal pings
                await greet(server, Properties(server_keep_alive=10))
                await server.hear()
                await server.say(packets.SubAck(packet_id=1, reasons=(0,)))
                while True:
                    packet = await server.hear()
                    if packet is None:
                        return
                    pings += 1
                    if pings < 5:
                        await server.say(b"\xd0\0")

            async with against(handle) as attempt:
                trying = attempt("/a", version="5", keep_alive="60")
                async with trying:
                    trying.stands()
                    async for _ in trying.client.listen("/a"):
                        raise AssertionError
                assert isinstance(trying.error, DeadlineExceeded)
                assert pings == 5
                assert asyncio.get_running_loop().time() == pytest.approx(60.0)

        run(main())

    async def test_a_flood_instead_of_an_answer(self) -> None:
        async def handle(server: Server) -> None:
            await greet(server)
            await server.hear()
            while not server.stream.transport.is_closing():
                await server.say(Publish(topic="a", payload=bytes(1_000_000)))

        found = await sent(handle, qos="1")
        assert isinstance(found.error, RemoteProtocolError)
        assert "answer to PUBLISH" in found.error.message
