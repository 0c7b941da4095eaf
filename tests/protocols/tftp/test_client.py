"""The client against servers that say anything."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import (
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    PeerRefused,
    RemoteProtocolError,
    UsageError,
)
from netloom.links import virtual
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Data, OptionAck, Refusal, Request
from tests.protocols.tftp.lab import HELLO, Lab, Way, body, client
from tests.protocols.tftp.test_channel import socket_of
from tests.worlds import cancel_everywhere

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.datagrams import Datagrams
    from netloom.wire.tftp.packets import Packet


class Scripted:
    """A server that says what it is told to."""

    def __init__(self, link: Datagrams, moved: Datagrams) -> None:
        self.usual = link
        self.moved = moved
        self.peer: Any = None

    async def request(self) -> Request:
        data, self.peer = await self.usual.receive_from()
        found = packets.parse(data)
        assert isinstance(found, Request)
        return found

    async def say(self, *said: Packet | bytes) -> None:
        for packet in said:
            await self.moved.send(packet if isinstance(packet, bytes) else packets.emit(packet), self.peer)

    async def hear(self) -> Packet:
        return packets.parse(await self.moved.receive())


def met(script: Any, options: str = "", verb: str = "get", data: bytes = b"hello") -> Any:
    """What a client makes of a server that does what a function does."""

    async def main() -> Any:
        network = Way()
        server = Scripted(await socket_of(network, 69), await socket_of(network, 4000))
        work = asyncio.ensure_future(script(server))
        made, dial = client(network, f"tftp://127.0.0.1/file%20name#{options}".rstrip("#"))
        try:
            if verb == "put":
                return (await made.put("", body(data))).meta
            reply = await made.get("")
            return b"".join([chunk async for chunk in reply.chunks()])
        finally:
            await dial.close()
            done, _ = await asyncio.wait({work}, timeout=1)
            for task in done:
                task.result()
            work.cancel()
            await asyncio.wait({work})

    return virtual.run(main())


def test_what_is_asked() -> None:
    async def script(server: Scripted) -> None:
        asked = await server.request()
        assert asked == Request("file name", "octet", {"blksize": "1428", "windowsize": "16", "tsize": "0"})
        await server.say(OptionAck({"blksize": "8", "tsize": "10"}))
        assert await server.hear() == Ack(0)
        await server.say(Data(1, b"12345678"))
        assert await server.hear() == Ack(1)
        await server.say(Data(2, b"90"))
        assert await server.hear() == Ack(2)

    assert met(script) == b"1234567890"


def test_a_server_of_the_old_days() -> None:
    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(Data(1, b"x" * 512))
        assert await server.hear() == Ack(1)
        await server.say(Data(2))
        assert await server.hear() == Ack(2)

    assert met(script) == b"x" * 512


def test_a_server_that_refuses_options() -> None:
    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(Refusal(8, "options?"))
        assert await server.request() == Request("file name")
        await server.say(Data(1, b"hello"))
        assert await server.hear() == Ack(1)

    assert met(script) == b"hello"


def test_a_size_that_is_short() -> None:
    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(OptionAck({"tsize": "10"}))
        await server.hear()
        await server.say(Data(1, b"hello"))

    with pytest.raises(ConnectionLost, match="10 bytes were announced"):
        met(script)


@pytest.mark.parametrize(
    "said",
    [
        b"hello?", b"\0", b"\0\x09", Ack(0), Data(2, b"x"), Data(0, b"x"), Request("x"), OptionAck({"blksize": "9999"}),
        OptionAck({"multicast": "x"}), Data(1, b"x" * 513),
    ],
)  # fmt: skip
def test_what_is_no_answer(said: Any) -> None:
    told: list[Packet] = []

    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(said)
        told.append(await server.hear())

    with pytest.raises(RemoteProtocolError):
        met(script)
    assert isinstance(told[0], Refusal), "the server is told"
    assert told[0].code in (4, 8)


@pytest.mark.parametrize("said", [b"hello?", b"", Data(1, b"x" * 600), Refusal(3, "sorry"), Data(2, b"x" * 600)])
@pytest.mark.parametrize("verb", ["get", "put"])
def test_whatever_comes_in_the_middle(said: Any, verb: str) -> None:
    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(Data(1, b"x" * 512) if verb == "get" else Ack(0))
        await server.hear()
        with contextlib.suppress(UsageError):  # nobody can say nothing
            await server.say(said)

    with pytest.raises((RemoteProtocolError, PeerRefused, DeadlineExceeded)):
        met(script, "tries=2", verb, b"y" * 2000)


def test_hostile_packets_at_every_step() -> None:
    generator = random.Random(11)
    real = [packets.emit(p) for p in (Data(1, b"x" * 512), Ack(1), OptionAck({"blksize": "8"}), Refusal(1, "no"))]

    for number in range(300):
        step = number % 3

        async def script(server: Scripted, step: int = step) -> None:
            await server.request()
            if step:
                await server.say(Data(1, b"x" * 512))
            if step > 1:
                await server.say(Data(2, b"x" * 512))
            for _ in range(5):
                bent = bytearray(generator.choice(real))
                bent[generator.randrange(len(bent))] = generator.randrange(256)
                await server.say(bytes(bent[: generator.randrange(1, len(bent) + 1)]))

        with contextlib.suppress(RemoteProtocolError, PeerRefused, DeadlineExceeded, ConnectionLost):
            met(script, "tries=2")


def test_nobody_answers() -> None:
    async def script(server: Scripted) -> None:
        for _ in range(3):
            await server.request()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(500):
                await server.request()

    with pytest.raises(DeadlineExceeded):
        met(script, "tries=3")


def test_nobody_listens() -> None:
    async def main() -> None:
        made, dial = client(Way(), "tftp://127.0.0.1/x")
        with pytest.raises(ConnectError):
            await made.get("")
        await dial.close()

    virtual.run(main())


def test_two_answers_from_two_ports() -> None:
    """Our request was late and not lost: the server has begun twice."""

    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(Data(1, b"x" * 512))
        await server.usual.send(packets.emit(Data(1, b"y" * 512)), server.peer)
        assert await server.hear() == Ack(1)
        told = packets.parse(await server.usual.receive())
        assert isinstance(told, Refusal)
        assert told.code == 5
        await server.say(Data(2, b"end"))

    assert met(script) == b"x" * 512 + b"end"


def test_an_upload() -> None:
    async def script(server: Scripted) -> None:
        asked = await server.request()
        assert asked == Request(
            "file name", "octet", {"blksize": "1428", "windowsize": "16", "tsize": "5"}, writes=True
        )
        await server.say(Ack(0))
        assert await server.hear() == Data(1, b"hello")
        await server.say(Ack(1))

    assert met(script, verb="put") == {"sent": 5, "blksize": 512, "windowsize": 1}


def test_an_upload_that_acknowledges_too_much() -> None:
    async def script(server: Scripted) -> None:
        await server.request()
        await server.say(Ack(0))
        await server.hear()
        await server.say(Ack(7))
        told = await server.hear()
        assert isinstance(told, Refusal)

    with pytest.raises(RemoteProtocolError):
        met(script, verb="put")


def test_a_body_that_breaks_is_told() -> None:
    async def main() -> None:
        async with Lab() as lab:
            made, dial = lab.client("/new.txt")

            async def broken() -> Any:
                yield b"x" * 2_000_000
                raise UsageError("no more")

            with pytest.raises(UsageError):
                await made.put("", broken())
            await dial.close()
            await asyncio.sleep(1)
            assert lab.access[0].status == "given up: 0"

    virtual.run(main())


def test_a_download_that_is_left_is_told() -> None:
    async def main() -> None:
        async with Lab() as lab:
            made, dial = lab.client("/big.bin")
            reply = await made.get("")
            chunks: Any = reply._chunks
            await anext(chunks)
            await chunks.aclose()
            await asyncio.sleep(0.1)
            await dial.close()
            assert [record.status for record in lab.access] == ["given up: 0"]

    virtual.run(main())


@pytest.mark.parametrize(("path", "options"), [("", ""), ("/", ""), ("/" + "x" * 600, "")])
def test_what_cannot_be_asked(path: str, options: str) -> None:
    async def main() -> None:
        async with Lab() as lab:
            made, dial = lab.client(path, options)
            with pytest.raises(UsageError):
                await made.get("")
            await dial.close()

    virtual.run(main())


def test_text() -> None:
    async def main() -> None:
        async with Lab() as lab:
            assert await lab.get("/sub/a.txt", "mode=netascii") == b"a\nb\r\nc"
            await lab.put("/t.txt", b"one\r", b"\ntwo\n", options="mode=netascii")
            assert await lab.read("t.txt") == b"one\r\ntwo\n"

    virtual.run(main())


@pytest.mark.parametrize("verb", ["get", "put"])
def test_it_can_be_cancelled_at_any_time(verb: str) -> None:
    async def world() -> tuple[Awaitable[None], Callable[[], Awaitable[None]]]:
        lab = Lab()
        await lab.__aenter__()

        async def work() -> None:
            if verb == "get":
                assert await lab.get("/even.bin", "blksize=512") == b"x" * 1024
            else:
                await lab.put("/new", HELLO * 50, options="blksize=512")

        async def check() -> None:
            await lab.__aexit__()
            assert not lab.network.sockets

        return work(), check

    assert cancel_everywhere(world) > 10
