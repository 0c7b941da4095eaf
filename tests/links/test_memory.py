"""The network in memory behaves as the kernel's does where it matters."""

from __future__ import annotations

import asyncio
import socket

import pytest

from netloom.errors import ConnectError, ConnectionLost, ResolveError, Status, UsageError
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.virtual import run

OPTIONS = LinkOptions()
HERE = (socket.AF_INET, ("127.0.0.1", 80))


def test_names_and_literals() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        network.names["loom.example"] = ["192.0.2.1", "2001:db8::1"]
        network.resolve_delay = 2.0
        found = await network.resolve("loom.example", 80, "any", "")
        assert [address[1][0] for address in found] == ["192.0.2.1", "2001:db8::1"]
        assert network.clock() == 2.0
        assert (await network.resolve("127.0.0.1", 1, "any", ""))[0][1] == ("127.0.0.1", 1)
        with pytest.raises(ResolveError):
            await network.resolve("nosuch.example", 80, "any", "")

    run(main())


def test_refused_silent_and_taken() -> None:
    async def main() -> None:
        network, loop = MemoryNetwork(), asyncio.get_running_loop()
        with pytest.raises(ConnectError) as refused:
            await network.connect(HERE, lambda: Stream(loop), OPTIONS)
        assert refused.value.status is Status.REFUSED
        network.silent.add(("127.0.0.1", 80))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(75):
                await network.connect(HERE, lambda: Stream(loop), OPTIONS)
        network.silent.clear()
        listening = await network.listen(HERE, lambda: Stream(loop), OPTIONS)
        with pytest.raises(UsageError, match="in use"):
            await network.listen(HERE, lambda: Stream(loop), OPTIONS)
        listening.close()
        again = await network.listen((socket.AF_INET, ("127.0.0.1", 0)), lambda: Stream(loop), OPTIONS)
        assert again.address[1][1] > 0
        again.close()

    run(main())


def test_a_pair_is_ordered_and_ends() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        left, right = Stream(loop), Stream(loop)
        pair(left, right)
        for number in range(100):
            await left.write(b"%03d" % number)
        assert await right.read_exactly(300) == b"".join(b"%03d" % n for n in range(100))
        await left.close()
        assert await right.read() == b""
        await right.close()

    run(main())


def test_abort_is_a_reset() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        left, right = Stream(loop), Stream(loop)
        pair(left, right)
        left.abort()
        with pytest.raises(ConnectionLost, match="reset"):
            await right.read()

    run(main())


def test_datagrams_find_their_way() -> None:
    async def main() -> None:
        network, loop = MemoryNetwork(), asyncio.get_running_loop()
        server, client, lost = Datagrams(loop), Datagrams(loop), Datagrams(loop)
        await network.datagrams(None, HERE, lambda: server, OPTIONS)
        await network.datagrams(HERE, None, lambda: client, OPTIONS)
        client.peer = "127.0.0.1:80"
        await client.send(b"ping")
        data, sender = await server.receive_from()
        assert data == b"ping"
        await server.send(b"pong", sender)
        assert await client.receive() == b"pong"
        await network.datagrams((socket.AF_INET, ("127.0.0.1", 9)), None, lambda: lost, OPTIONS)
        lost.peer = "127.0.0.1:9"
        await lost.send(b"?")
        with pytest.raises(ConnectError):
            await lost.receive()
        for link in (server, client, lost):
            await link.close()

    run(main())
