"""Datagram sockets: whole messages, a bounded queue, refusals and silence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, ConnectionLost, DeadlineExceeded, Phase, UsageError
from netloom.links.datagrams import QUEUE_LIMIT, Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.resolve import literal
from netloom.links.trace import Trace
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import LOOPS, on_loop

OPTIONS = LinkOptions()


async def sockets(idle: float | None = None) -> tuple[Datagrams, Datagrams]:
    """One that is connected to the other, which is bound."""
    loop = asyncio.get_running_loop()
    network = MemoryNetwork()
    bound, connected = Datagrams(loop), Datagrams(loop, Trace(loop.time), idle=idle)
    place = literal("127.0.0.1", 4242)
    assert place is not None
    connected.peer = "127.0.0.1:4242"
    await network.datagrams(None, place, lambda: bound, OPTIONS)
    await network.datagrams(place, None, lambda: connected, OPTIONS)
    return connected, bound


def test_there_and_back() -> None:
    async def main() -> None:
        ours, theirs = await sockets()
        await ours.send(b"one")
        await ours.write(b"two")
        first, sender = await theirs.receive_from()
        assert (first, await theirs.receive()) == (b"one", b"two")
        await theirs.send(b"back", sender)
        assert await ours.read() == b"back"
        await ours.write_eof()
        assert not ours.waiting

    run(main())


def test_an_empty_one_is_a_message() -> None:
    async def main() -> None:
        ours, theirs = await sockets()
        theirs.datagram_received(b"", ("127.0.0.1", 1))
        assert await theirs.receive() == b""
        with pytest.raises(UsageError, match="empty"):
            await ours.send(b"")

    run(main())


def test_the_queue_is_bounded() -> None:
    async def main() -> None:
        ours, theirs = await sockets()
        for number in range(QUEUE_LIMIT + 7):
            await ours.send(b"%d" % number)
        await asyncio.sleep(1)
        assert theirs.dropped == 7
        assert [await theirs.receive() for _ in range(QUEUE_LIMIT)] == [b"%d" % n for n in range(QUEUE_LIMIT)]

    run(main())


def test_a_refusal() -> None:
    async def main() -> None:
        ours, theirs = await sockets()
        await theirs.close()
        await ours.send(b"x")
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1:4242 refused"):
            await ours.receive()
        with pytest.raises(ConnectError):
            await ours.send(b"x")

    run(main())


def test_silence() -> None:
    async def main() -> None:
        ours, theirs = await sockets(idle=5)
        ours.enter(Phase.FIRST_BYTE)
        with pytest.raises(DeadlineExceeded, match="silence for 5 s") as caught:
            await ours.receive()
        assert caught.value.phase is Phase.FIRST_BYTE
        assert ours.loop.time() == 5
        theirs.set_idle(2)
        with pytest.raises(DeadlineExceeded):
            await theirs.receive()
        assert ours.loop.time() == 7

    run(main())


def test_the_first_byte() -> None:
    async def main() -> None:
        ours, theirs = await sockets()
        ours.enter(Phase.FIRST_BYTE)
        await ours.send(b"x")
        _, sender = await theirs.receive_from()
        await theirs.send(b"y", sender)
        await ours.receive()
        assert ours.trace is not None
        assert ours.trace.phase is Phase.TRANSFER

    run(main())


def test_two_readers_are_a_bug() -> None:
    async def main() -> None:
        ours, _ = await sockets()
        first = asyncio.ensure_future(ours.receive())
        await asyncio.sleep(0)
        assert ours.waiting
        with pytest.raises(RuntimeError, match="another task"):
            await ours.receive()
        first.cancel()
        await asyncio.wait({first})

    run(main())


def test_several_wait_for_a_close_and_one_gives_up() -> None:
    async def main() -> None:
        ours, _ = await sockets()
        closing = [asyncio.ensure_future(ours.close()) for _ in range(3)]
        await asyncio.sleep(0)
        closing[0].cancel()
        await asyncio.wait(closing)
        assert [task.cancelled() for task in closing] == [True, False, False]

    run(main())


def test_closed() -> None:
    async def main() -> None:
        ours, _ = await sockets()
        async with ours:
            pass
        await ours.close()
        for attempt in (ours.receive(), ours.send(b"x")):
            with pytest.raises(ConnectionLost, match="the socket is closed"):
                await attempt
        unmade = Datagrams(asyncio.get_running_loop())
        await unmade.close()
        unmade.abort()

    run(main())


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("loop", LOOPS)
class TestOnRealSockets:
    def test_one_that_is_too_large(self, loop: str) -> None:
        """It is told, and a server's socket lives on."""

        async def main() -> None:
            async with Serving([Endpoint.parse("udp://127.0.0.1:0")]) as serving:
                found: Any = await netloom.send(f"{serving.endpoint}#reply=some", "x" * 65_508, deadline=5)
                assert found.status in ("unreachable", "error", "invalid_input")
                assert "too long" in found.message
                found = await netloom.send(f"{serving.endpoint}#reply=some", "x" * 65_507)
                assert found.size == 65_507

        on_loop(loop, main())

    def test_one_that_is_open_to_all(self, loop: str) -> None:
        async def main() -> None:
            async def handle(link: Datagrams) -> None:
                with pytest.raises(UsageError, match="whom to send to"):
                    await link.send(b"x")
                data, peer = await link.receive_from()
                await link.send(data, peer)

            async with Serving([Endpoint.parse("udp://127.0.0.1:0")], [Handler(handle)]) as serving:
                found = await netloom.send(f"{serving.endpoint}#reply=some", "still there")
                assert found.body == b"still there"

        on_loop(loop, main())


def test_in_memory_places_are_taken_once() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        loop = asyncio.get_running_loop()
        place = literal("127.0.0.1", 4242)
        await network.datagrams(None, place, lambda: Datagrams(loop), OPTIONS)
        with pytest.raises(UsageError, match="in use"):
            await network.datagrams(None, place, lambda: Datagrams(loop), OPTIONS)

    run(main())


def test_a_socket_is_handed_over_with_what_it_has_received() -> None:
    class Upper(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.heard: list[object] = []

        def datagram_received(self, data: bytes, addr: object) -> None:
            self.heard.append(data)

        def error_received(self, exc: Exception) -> None:
            self.heard.append(type(exc))

        def connection_lost(self, exc: Exception | None) -> None:
            self.heard.append("lost")

    async def main() -> None:
        network = MemoryNetwork()
        loop = asyncio.get_running_loop()
        here, there = Datagrams(loop), Datagrams(loop)
        place = literal("127.0.0.1", 4242)
        assert place is not None
        await network.datagrams(None, place, lambda: here, OPTIONS)
        await network.datagrams(place, None, lambda: there, OPTIONS)
        there.transport.sendto(b"before")
        await asyncio.sleep(0)
        upper = Upper()
        borne: list[float | None] = []
        assert here.attach(upper) is here.transport
        here.idle_changed = borne.append
        here.set_idle(5.0)
        there.transport.sendto(b"after")
        await asyncio.sleep(0)
        here.error_received(ConnectionRefusedError(111, "nobody"))
        await here.close()
        assert upper.heard == [b"before", b"after", ConnectionRefusedError, "lost"]
        assert borne == [5.0]
        there.abort()

    run(main())
