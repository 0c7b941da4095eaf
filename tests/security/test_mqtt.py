"""MQTT: what a client can grow has bounds, sessions belong to their users, one's flood isn't others' silence."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Accounts
from netloom.contents.bus import Bus, Limits
from netloom.errors import Status
from netloom.links.virtual import run as virtual
from netloom.protocols.mqtt.broker import broker_of
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import V5, V311, Connect, Publish, Wanted, Will
from netloom.wire.mqtt.parse import parse
from netloom.wire.mqtt.properties import Properties
from netloom.wire.mqtt.reader import Reader
from tests.fuzzing import mutate
from tests.security.house import House, everything, peer, record

if TYPE_CHECKING:
    from netloom.links.stream import Stream

KEPT = Properties(session_expiry=1000)
URL = "mqtt://127.0.0.1:0"


async def connected(house: House, name: str = "", version: int = V5, properties: Properties | None = None) -> Stream:
    """A client that has said CONNECT and been let in."""
    stream = await house.raw()
    said = properties if properties is not None and version == V5 else Properties()
    await stream.write(emit(Connect(version=version, client_id=name, properties=said), version))
    assert isinstance(await answer(stream, version), packets.ConnAck)
    return stream


async def answer(stream: Stream, version: int = V5) -> packets.Packet:
    """One packet of the server's."""
    return await stream.parse(lambda buffer: parse(buffer, version, "server"))


def subscribe(*filters: str, qos: int = 0) -> bytes:
    wanted = tuple(Wanted(filter=one, qos=qos) for one in filters)
    return emit(packets.Subscribe(packet_id=1, wanted=wanted), V5)


DIALOGUES = {
    "instead of CONNECT": b"",
    "after CONNECT": emit(Connect(client_id="a"), V5),
    "after CONNECT in 3.1.1": emit(Connect(version=V311, client_id="a"), V311),
    "after SUBSCRIBE": emit(Connect(client_id="a"), V5) + subscribe("#", "$share/g/#", qos=2),
    "after PUBLISH": emit(Connect(client_id="a"), V5) + emit(Publish(topic="a", qos=2, packet_id=1), V5),
}
SAMPLES = [
    emit(Publish(topic="a/b", payload=b"x" * 30, qos=1, packet_id=5, properties=Properties(topic_alias=1)), V5),
    emit(packets.PubRel(packet_id=1), V5), subscribe("a/#", "$SYS/#", qos=1), b"\xc0\0", b"\xe0\0",
    emit(packets.Unsubscribe(packet_id=1, filters=("#",)), V5), emit(packets.PubAck(packet_id=1), V5),
]  # fmt: skip


@pytest.mark.parametrize("before", DIALOGUES.values(), ids=DIALOGUES)
def test_arbitrary_bytes_at_every_stage(before: bytes) -> None:
    """The server ends it or goes on, raises nothing, and serves others."""

    async def main() -> None:
        async with House(URL) as house:
            good = await connected(house, "good")
            generator = random.Random(1)
            for number in range(150):
                stream = await house.raw()
                noise = mutate(generator, SAMPLES) if number % 3 else generator.randbytes(40)
                cut = generator.randrange(len(before) + 1) if number % 5 == 0 else len(before)
                await stream.write(before[:cut] + noise)
                reading = asyncio.ensure_future(everything(stream))
                await asyncio.sleep(0.01)
                stream.abort()
                await reading
            await good.write(b"\xc0\0")
            assert isinstance(await answer(good), packets.PingResp | Publish)
            await asyncio.sleep(0.01)
            for stream in house._streams:
                stream.abort()

    virtual(main())


ENDS = (Status.PROTOCOL_ERROR, Status.CLOSED, Status.REFUSED_BY_PEER, Status.UNAUTHENTICATED, Status.SUCCESS)


@pytest.mark.parametrize("after", ["nothing", "CONNACK", "SUBACK"])
def test_arbitrary_bytes_at_the_client(after: str) -> None:
    async def main() -> None:
        generator = random.Random(2)
        samples = [
            emit(packets.ConnAck(properties=Properties(receive_maximum=1, topic_alias_maximum=9)), V5),
            emit(packets.SubAck(packet_id=1, reasons=(0,)), V5),
            emit(Publish(topic="a", payload=b"x" * 20, qos=2, packet_id=3), V5),
            emit(packets.PubRel(packet_id=3), V5),
            emit(packets.Disconnect(reason=0x8B), V5),
        ]
        before = {"nothing": b"", "CONNACK": samples[0], "SUBACK": samples[0] + samples[1]}[after]

        async def handle(link: Stream) -> None:
            await link.read()
            noise = mutate(generator, samples) if generator.random() < 0.7 else generator.randbytes(60)
            await link.write(before + noise)
            await link.write_eof()
            await everything(link)

        async with peer(handle) as house:
            for _ in range(150):
                found = await record(house.network, "probe", f"mqtt://127.0.0.1:{house.port}#version=5", deadline=5.0)
                assert found.status in ENDS, found

    virtual(main())


@pytest.mark.parametrize("size", [2, 100, 268_435_455])
def test_an_announced_size_takes_nothing(size: int) -> None:
    async def main() -> None:
        async with House(URL) as house:
            stream = await house.raw()
            length = b"\xff\xff\xff\x7f" if size > 127 * 127 else bytes((size,))
            await stream.write(b"\x10" + length)
            if size > 1 << 20:
                assert await everything(stream) == b""

    virtual(main())


class TestBounds:
    def test_sessions_and_what_they_hold(self) -> None:
        """An attacker who leaves sessions behind fills its own share, and nobody else's."""

        async def main() -> None:
            bus = Bus(limits=Limits(queue=10, queue_bytes=5000, subscribers=30, patterns=5))
            async with House(URL, bus) as house:
                refused = 0
                for number in range(40):
                    stream = await connected(house, f"{number}", properties=KEPT)
                    await stream.write(subscribe(*(f"{level}/#" for level in range(8)), qos=1))
                    reply = await answer(stream)
                    assert isinstance(reply, packets.SubAck)
                    refused += sum(code == 0x97 for code in reply.reasons)
                    stream.abort()
                assert bus.subscribers == 30
                assert refused == 30 * 3 + 10 * 8
                speaks = await connected(house, "speaks")
                for _ in range(50):
                    await speaks.write(emit(Publish(topic="1/x", payload=bytes(400), qos=1, packet_id=1), V5))
                    await answer(speaks)
                broker = broker_of(bus)
                assert broker.held_count == 30 * 10
                assert broker.held_bytes < 30 * 5000

        virtual(main())

    def test_retained(self) -> None:
        async def main() -> None:
            bus = Bus(limits=Limits(retained=5))
            async with House(URL, bus) as house:
                stream = await connected(house)
                for number in range(10):
                    said = Publish(topic=f"{number}", payload=b"x", qos=1, packet_id=1, retain=True)
                    await stream.write(emit(said, V5))
                    reply = await answer(stream)
                    assert isinstance(reply, packets.PubAck)
                    assert reply.reason == (0x97 if number >= 5 else 0x10)
                assert bus.retained_count == 5

        virtual(main())

    def test_packet_ids_that_are_never_released(self) -> None:
        async def main() -> None:
            async with House(f"{URL}#receive_maximum=20") as house:
                for version in (V311, V5):
                    stream = await connected(house, "a", version)
                    for number in range(1, 40):
                        await stream.write(emit(Publish(topic="a", qos=2, packet_id=number), version))
                    heard = list(Reader("server", version=version).feed(await everything(stream)))
                    assert sum(isinstance(packet, packets.PubRec) for packet in heard) == 20

        virtual(main())

    def test_topics_deep_as_wells(self) -> None:
        async def main() -> None:
            bus = Bus(limits=Limits(pattern_bytes=200_000))
            async with House(URL, bus) as house:
                stream = await connected(house)
                granted = 0
                for number in range(50):
                    await stream.write(subscribe(f"{number}/" + "+/" * 120 + "#"))
                    reply = await answer(stream)
                    assert isinstance(reply, packets.SubAck)
                    granted += reply.reasons[0] == 0
                assert 1 <= granted < 10

        virtual(main())


class TestOthers:
    def test_a_flood_lets_others_have_their_turns(self) -> None:
        """Ten thousand messages for a hundred ears, in one piece: somebody else's ping is answered in between."""

        async def main() -> None:
            bus = Bus()
            async with House(URL, bus) as house:
                ears = [await connected(house, f"ear{number}") for number in range(100)]
                for ear in ears:
                    await ear.write(subscribe("flood"))
                    await answer(ear)
                flood, other = await connected(house, "flood"), await connected(house, "other")
                await flood.write(emit(Publish(topic="flood", payload=b"x"), V5) * 10_000)
                await other.write(b"\xc0\0")
                assert isinstance(await answer(other), packets.PingResp)
                assert broker_of(bus).counters.published < 10_000, "it was made to wait for all of them"

        virtual(main())

    def test_who_does_not_read_costs_what_it_may(self) -> None:
        async def main() -> None:
            bus = Bus(limits=Limits(queue_bytes=100_000))
            async with House(URL, bus) as house:
                deaf, speaks = await connected(house, "deaf"), await connected(house, "speaks")
                await deaf.write(subscribe("#", qos=1))
                await answer(deaf)
                deaf.transport.pause_reading()
                for _ in range(100):
                    await speaks.write(emit(Publish(topic="a", payload=bytes(10_000)), V5))
                await speaks.write(b"\xc0\0")
                await answer(speaks)
                assert deaf.transport.other.get_write_buffer_size() < 130_000  # type: ignore[attr-defined]  # in memory

        virtual(main())


class TestRights:
    ACCOUNTS = ("ann:secret", "bob:pw")

    def test_nobody_takes_another_session(self) -> None:
        """With the name of a client one would get what waits for it, and its subscriptions."""

        async def main() -> None:
            async with House(URL, accounts=list(self.ACCOUNTS)) as house:
                stream = await house.raw()
                mine = Connect(client_id="ann-phone", user="ann", password=b"secret", properties=KEPT)
                await stream.write(emit(mine, V5) + subscribe("private/#", qos=1))
                await answer(stream)
                await answer(stream)
                for away in (False, True):
                    if away:
                        stream.abort()
                        await asyncio.sleep(0.01)
                    for user, password in (("bob", b"pw"), (None, None)):
                        for clean in (True, False):
                            thief = await house.raw()
                            said = Connect(client_id="ann-phone", user=user, password=password, clean_start=clean)
                            await thief.write(emit(said, V5))
                            reply = await answer(thief)
                            assert isinstance(reply, packets.ConnAck)
                            assert reply.reason == 0x87

        virtual(main())

    def test_no_word_of_a_stranger_is_heard(self) -> None:
        """Neither as a message nor as a will nor through an alias."""

        async def main() -> None:
            bus = Bus()
            async with House(URL, bus, accounts=list(self.ACCOUNTS)) as house, bus.subscribe("#") as heard:
                for version in (V311, V5):
                    for qos in range(3):
                        stream = await connected(house, f"x{qos}", version)
                        said = Publish(topic="evil", payload=b"x", qos=qos, packet_id=qos, retain=True)
                        await stream.write(emit(said, version))
                        await asyncio.sleep(0.01)
                    stream = await house.raw()
                    await stream.write(emit(Connect(version=version, client_id="w", will=Will(topic="evil")), version))
                    await asyncio.sleep(0.01)
                    stream.abort()
                stream = await connected(house)
                alias = Properties(topic_alias=1)
                await stream.write(emit(Publish(topic="evil", properties=alias), V5))
                await stream.write(emit(Publish(topic="", payload=b"x", properties=alias), V5))
                await asyncio.sleep(0.01)
                heard.close()
                assert [message async for message in heard] == []
                assert bus.retained() == ()

        virtual(main())

    def test_guesses_are_slow_and_told_nowhere(self) -> None:
        async def main() -> None:
            async with House(URL, accounts=Accounts.from_texts(self.ACCOUNTS)) as house:
                loop = asyncio.get_running_loop()
                took = []
                for number in range(7):
                    stream = await house.raw()
                    before = loop.time()
                    await stream.write(emit(Connect(user="ann", password=b"c4n4ry%d" % number), V5))
                    reply = await answer(stream)
                    assert isinstance(reply, packets.ConnAck)
                    assert reply.reason == 0x86
                    took.append(loop.time() - before)
                assert took[0] < 0.1
                assert sum(took) > 5
                assert "c4n4ry" not in repr(house.access)
                assert [one.status for one in house.access if one.verb == "CONNECT"] == [
                    "bad user name or password"
                ] * 7

        virtual(main())


def test_pages_from_elsewhere_stay_outside() -> None:
    """A page may open a WebSocket anywhere; the broker asks where it is from (RFC 6455 §10.2)."""
    hello = (
        "GET /mqtt HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n"
    )

    async def main() -> None:
        app = "https://app.example"
        for options, origin, status in (
            ("", "https://evil.example", b"403"),
            ("", "http://h", b"101"),
            (f"#origins={app}", app, b"101"),
        ):
            async with House(f"mqtt+ws://127.0.0.1:0{options}") as house:
                stream = await house.raw()
                await stream.write(f"{hello}Origin: {origin}\r\n\r\n".encode())
                assert (await stream.read_until(b"\r\n"))[9:12] == status

    virtual(main())
