"""The machine's own network: streams, datagrams, Unix sockets, and what goes when it is closed."""

from __future__ import annotations

import asyncio
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectError, Status, UsageError
from netloom.links.datagrams import Datagrams
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.system import SystemNetwork

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = SystemNetwork()
PLAIN = LinkOptions()
ANYWHERE = (socket.AF_INET, ("127.0.0.1", 0))


@pytest.mark.parametrize("options", [PLAIN, LinkOptions(bind="127.0.0.1", ttl=9)])
async def test_a_stream(options: LinkOptions) -> None:
    loop = asyncio.get_running_loop()
    accepted: asyncio.Future[Stream] = loop.create_future()

    class Accepted(Stream):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            accepted.set_result(self)

    listening = await NETWORK.listen(ANYWHERE, lambda: Accepted(loop), PLAIN)
    ours = Stream(loop)
    await NETWORK.connect(listening.address, lambda: ours, options)
    theirs = await accepted
    await ours.write(b"warp")
    assert await theirs.read_exactly(4) == b"warp"
    if options.ttl:
        assert ours.info("socket").getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == 9
    await ours.close()
    assert await theirs.read() == b""
    await theirs.close()
    listening.close()
    with pytest.raises(ConnectError) as refused:
        await NETWORK.connect(listening.address, lambda: Stream(loop), options)
    assert refused.value.status is Status.REFUSED


async def test_datagrams() -> None:
    loop = asyncio.get_running_loop()
    server, client = Datagrams(loop), Datagrams(loop)
    await NETWORK.datagrams(None, ANYWHERE, lambda: server, PLAIN)
    where = server.info("sockname")
    await NETWORK.datagrams((socket.AF_INET, where), None, lambda: client, PLAIN)
    client.peer = f"{where[0]}:{where[1]}"
    await client.send(b"pick")
    data, sender = await server.receive_from()
    await server.send(data + b"!", sender)
    assert await client.receive() == b"pick!"
    await client.close()
    await server.close()


async def test_a_unix_socket_is_its_owners_and_goes(tmp_path: Path) -> None:
    place = tmp_path / "x.sock"
    with socket.socket(socket.AF_UNIX) as stale:  # bound, and nobody there any more
        stale.bind(str(place))
    loop = asyncio.get_running_loop()
    listening = await NETWORK.listen((socket.AF_UNIX, str(place)), lambda: Stream(loop), PLAIN)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="in use"):
        await NETWORK.listen((socket.AF_UNIX, str(place)), lambda: Stream(loop), PLAIN)
    listening.close()
    assert not place.exists()


async def test_a_file_is_no_stale_socket(tmp_path: Path) -> None:
    place = tmp_path / "precious"
    place.write_text("keep me")
    loop = asyncio.get_running_loop()
    with pytest.raises(UsageError):
        await NETWORK.listen((socket.AF_UNIX, str(place)), lambda: Stream(loop), PLAIN)
    assert place.read_text() == "keep me"


@pytest.mark.parametrize("bind", ["nosuchname", "127.0.0.1:x", "198.51.100.7"])
async def test_an_address_that_is_not_ours(bind: str) -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises((UsageError, ConnectError)):
        await NETWORK.connect((socket.AF_INET, ("127.0.0.1", 9)), lambda: Stream(loop), LinkOptions(bind=bind))


async def test_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    """A Unix socket whose queue is full isn't refused: who comes gets in as soon as there is room."""
    loop = asyncio.get_running_loop()
    place = str(tmp_path / "x.sock")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as first:
        server.bind(place)
        server.listen(0)
        first.connect(place)
        connecting = asyncio.ensure_future(NETWORK.connect((socket.AF_UNIX, place), lambda: Stream(loop), PLAIN))
        await asyncio.sleep(0.05)
        assert not connecting.done()
        server.accept()[0].close()
        async with asyncio.timeout(10):
            transport = await connecting
        transport.abort()
        server.accept()[0].close()
