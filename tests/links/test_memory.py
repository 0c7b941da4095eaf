"""The network in memory behaves as the kernel's does where it matters."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import ConnectError, ConnectionLost, ResolveError, Status, UsageError
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.virtual import run

if TYPE_CHECKING:
    from netloom.links.network import SockAddr

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


def test_refused_and_silent() -> None:
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

    run(main())


@pytest.mark.parametrize("place", [HERE, (socket.AF_INET6, ("::1", 80, 0, 0)), (socket.AF_UNIX, "/s")])
def test_a_place_is_taken_once_and_free_again(place: SockAddr) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        listening = await network.listen(place, asyncio.Protocol, OPTIONS)
        with pytest.raises(UsageError, match="in use"):
            await network.listen(place, asyncio.Protocol, OPTIONS)
        listening.close()
        await network.listen(place, asyncio.Protocol, OPTIONS)

    run(main())


def test_ports_are_chosen() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        anywhere: SockAddr = (socket.AF_INET6, ("::1", 0, 0, 0))
        places = [(await network.listen(anywhere, asyncio.Protocol, OPTIONS)).address for _ in range(3)]
        assert len({place[1][1] for place in places}) == 3
        assert {place[1][0] for place in places} == {"::1"}

    run(main())


def test_connecting_takes_as_long_as_it_is_told() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        network.connect_delay = 2.5
        with pytest.raises(ConnectError, match="refused"):
            await network.connect(HERE, asyncio.Protocol, OPTIONS)
        assert asyncio.get_running_loop().time() == 2.5

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


def test_a_datagram_from_a_stranger_does_not_reach_a_connected_socket() -> None:
    async def main() -> None:
        heard: list[bytes] = []

        class Hears(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: Any) -> None:
                heard.append(data)

        network = MemoryNetwork()
        await network.datagrams(None, HERE, Hears, OPTIONS)
        connected = await network.datagrams(HERE, None, Hears, OPTIONS)
        stranger = await network.datagrams(None, (socket.AF_INET, ("127.0.0.1", 8)), Hears, OPTIONS)
        stranger.sendto(b"x", connected.get_extra_info("sockname"))
        await asyncio.sleep(1)
        assert heard == []

    run(main())
