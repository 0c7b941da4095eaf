"""The server's side of a tape: who gets which conversation, on streams and datagrams, in memory."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
from typing import TYPE_CHECKING, Any

from netloom.errors import DeadlineExceeded
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.play_server import TapeServer, Visit
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.packet.tape.script import Knowledge
from netloom.packet.tape.shelf import Shelf
from netloom.protocols.pop3.replay import Replay as Pop3
from tests.packet.tape.tracks import script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.tape.script import Script


class Context:
    """What a server's side is given, as far as it is asked for."""

    network = MemoryNetwork()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        yield


class Served:
    """A tape that is served, and what it told."""

    def __init__(self, *scripts: Script, repeat: bool = False, timing: bool = False) -> None:
        self.visits: list[Visit] = []
        streams = Shelf([one for one in scripts if one.track.transport == "tcp"], repeat=repeat)
        datagrams = Shelf([one for one in scripts if one.track.transport == "udp"], repeat=repeat)
        self.server = TapeServer(streams, datagrams, self.visits.append, timing=timing)

    async def connect(self) -> tuple[Stream, asyncio.Task[None]]:
        """Somebody comes."""
        loop = asyncio.get_running_loop()
        near, far = Stream(loop, idle=30.0), Stream(loop)
        pair(near, far)
        return far, loop.create_task(self._serve(near))

    async def _serve(self, link: Stream) -> None:
        await self.server.serve_bytes(link, Context())  # type: ignore[arg-type]
        await link.close()

    async def talk(self, *said: bytes) -> bytes:
        """Say it, piece by piece as an answer comes, and hear all."""
        link, task = await self.connect()
        heard = b""
        for piece in said:
            with contextlib.suppress(Exception):
                await link.write(piece)
                heard += await link.read()
        await link.write_eof()
        heard += await link.read()
        await task
        await link.close()
        return heard

    def told(self) -> list[tuple[int | None, bool]]:
        """The conversations that were played, and whether all went as in the recording."""
        return [
            (visit.played.script.track.number, visit.played.departure is None)
            if visit.played is not None
            else (None, False)
            for visit in self.visits
        ]


def test_each_gets_what_it_means() -> None:
    async def main() -> None:
        made = Served(script("> a", "< 1", "> !end"), script("> b", "< 2", "> !end", number=1))
        assert await made.talk(b"b") == b"2"
        assert await made.talk(b"x") == b""
        assert not made.server.done
        assert await made.talk(b"a") == b"1"
        assert made.server.done
        assert await made.talk(b"a") == b""
        assert made.told() == [(1, True), (0, False), (0, True), (None, False)]

    run(main())


def test_who_says_nothing_isn_t_told() -> None:
    async def main() -> None:
        made = Served(script("< 220", "> a", "> !end"))
        assert await made.talk() == b"220"
        assert made.visits == []
        assert not made.server.done
        assert await made.talk(b"") == b"220"
        link, task = await made.connect()
        assert await link.read_exactly(3) == b"220"
        await link.write(b"a")
        await link.write_eof()
        await task
        assert made.told() == [(0, True)]

    run(main())


def test_several_with_the_same_greeting_at_once() -> None:
    async def main() -> None:
        known = Knowledge(Pop3)
        made = Served(
            script("< +OK\r\n", "> USER a\r\n", "< +OK a\r\n", "> !end", known=known),
            script("< +OK\r\n", "> USER b\r\n", "< +OK b\r\n", "> !end", known=known, number=1),
        )
        (one, first), (two, second) = await made.connect(), await made.connect()
        for link, name in ((one, b"b"), (two, b"a")):
            assert await link.read_line() == b"+OK\r\n"
            await link.write(b"user " + name + b"\r\n")
            assert await link.read_line() == b"+OK " + name + b"\r\n"
            await link.write_eof()
        await asyncio.gather(first, second)
        assert sorted(made.told()) == [(0, True), (1, True)]

    run(main())


def test_nobody_gets_what_another_has() -> None:
    async def main() -> None:
        made = Served(script("< 220", "> a", "< 1", "> !end"))
        (one, first), (two, second) = await made.connect(), await made.connect()
        for link in (one, two):
            assert await link.read_exactly(3) == b"220"
            await link.write(b"a")
        assert await one.read() == b"1"
        assert await two.read() == b""
        await one.write_eof()
        await asyncio.gather(first, second)
        assert made.told() == [(None, False), (0, True)]

    run(main())


def test_silence_is_told() -> None:
    async def main() -> None:
        made = Served(script("> warp", "< weft"))
        link, task = await made.connect()
        await link.write(b"wa")
        await asyncio.sleep(31)
        await task
        (visit,) = made.visits
        assert isinstance(visit.error, DeadlineExceeded)
        assert visit.duration == 30

    run(main())


def _itself(link: Datagrams) -> Datagrams:
    return link


@contextlib.asynccontextmanager
async def datagrams(made: Served, count: int = 1) -> Any:
    """Sockets that can ask it."""
    loop, network, options = asyncio.get_running_loop(), MemoryNetwork(), LinkOptions()
    place = (socket.AF_INET, ("127.0.0.1", 53))
    own = Datagrams(loop)
    await network.datagrams(None, place, lambda: own, options)
    task = loop.create_task(made.server.serve_bytes(own, Context()))  # type: ignore[arg-type]
    clients = []
    for _ in range(count):
        client = Datagrams(loop)
        client.peer = "127.0.0.1:53"
        await network.datagrams(place, None, functools.partial(_itself, client), options)
        clients.append(client)
    try:
        yield clients
    finally:
        task.cancel()
        await asyncio.wait({task})
        for link in (own, *clients):
            await link.close()


def test_datagrams_in_any_order_and_again() -> None:
    async def main() -> None:
        made = Served(
            script("> a", "< 1", "> b", "< 2", "< 3", transport="udp"),
            script("> c", "< 4", transport="udp", number=1),
        )
        async with datagrams(made, 2) as (one, two):
            await two.send(b"c")
            assert await two.receive() == b"4"
            for word in (b"b", b"b"):
                await one.send(word)
                assert [await one.receive(), await one.receive()] == [b"2", b"3"]
            await one.send(b"x")
            await one.send(b"a")
            assert await one.receive() == b"1"
        assert made.told() == [(1, True), (0, False), (0, True)]
        departed = made.visits[1].played
        assert departed is not None
        assert departed.departure is not None
        assert (departed.departure.number, departed.departure.heard) == (0, b"x")
        last = made.visits[2].played
        assert last is not None
        assert (last.cues, last.said, last.heard) == (5, 3, 3)
        assert made.server.done

    run(main())


def test_recorded_pauses() -> None:
    async def main() -> None:
        made = Served(script("> a", "< 1", "< 2", transport="udp"), script("< x", "> y"), timing=True)
        loop = asyncio.get_running_loop()
        async with datagrams(made) as (one,):
            await one.send(b"a")
            assert (await one.receive(), loop.time()) == (b"1", 1.0)
            assert (await one.receive(), loop.time()) == (b"2", 2.0)

    run(main())


def test_nothing_is_left_for_a_datagram() -> None:
    async def main() -> None:
        made = Served()
        async with datagrams(made) as (one,):
            await one.send(b"a")
            await asyncio.sleep(1)
        assert made.visits == []

    run(main())
