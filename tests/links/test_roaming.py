"""A datagram socket whose peer may answer from other ports: in memory, and with the kernel's sockets."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, UsageError
from netloom.links import virtual
from netloom.links.datagrams import Datagrams
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.system import SystemNetwork
from netloom.links.trace import Trace
from netloom.packet.captures import read
from netloom.packet.frame import Frame
from netloom.packet.recording import Recording
from tests.worlds import LOOPS, on_loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from netloom.links.network import Network

KINDS = ("memory", *LOOPS)
HOSTS = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def everywhere(main: Callable[[Network], Awaitable[None]], kind: str) -> None:
    async def bounded(network: Network) -> None:
        async with asyncio.timeout(20):
            await main(network)

    if kind == "memory":
        virtual.run(bounded(MemoryNetwork()))
    else:
        on_loop(kind, bounded(SystemNetwork()))


async def bound(network: Network, family: socket.AddressFamily, host: str = "", port: int = 0) -> Datagrams:
    """A socket of a server."""
    link = Datagrams(asyncio.get_running_loop())
    place = (host or HOSTS[family], port, *((0, 0) if family == socket.AF_INET6 else ()))
    await network.datagrams(None, (family, place), lambda: link, LinkOptions())
    return link


def dialler(network: Network, port: int, host: str = "127.0.0.1", recording: Recording | None = None) -> Dialler:
    shown = f"[{host}]" if ":" in host else host
    place = Endpoint.parse(f"tftp://{shown}:{port}")
    return Dialler(network, place, LinkOptions(), Trace(network.clock), recording=recording)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("kind", KINDS)
def test_it_hears_every_port_of_the_host(kind: str, family: socket.AddressFamily) -> None:
    async def main(network: Network) -> None:
        usual, other = await bound(network, family), await bound(network, family)
        dial = dialler(network, usual.info("sockname")[1], HOSTS[family])
        link = await dial.datagrams()
        for number in range(5):
            await link.send(b"ask %d" % number)
            data, us = await usual.receive_from()
            assert data == b"ask %d" % number
            await other.send(b"other", us)
            heard, peer = await link.receive_from()
            assert heard == b"other"
            assert isinstance(peer, tuple)
            assert peer[:2] == other.info("sockname")[:2]
            await link.send(b"to the other", peer)
            assert await other.receive() == b"to the other"
            await usual.send(b"usual", us)
            heard, peer = await link.receive_from()
            assert heard == b"usual"
            assert isinstance(peer, tuple)
            assert peer[:2] == usual.info("sockname")[:2]
        for one in (usual, other, link):
            await one.close()
        await dial.close()

    everywhere(main, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_it_hears_nobody_else(kind: str) -> None:
    async def main(network: Network) -> None:
        usual = await bound(network, socket.AF_INET)
        # In memory, where a port is free is anybody's guess: there it is named
        stranger = await bound(network, socket.AF_INET, "127.0.0.3", 999 if kind == "memory" else 0)
        dial = dialler(network, usual.info("sockname")[1])
        link = await dial.datagrams()
        await link.send(b"ask")
        _, us = await usual.receive_from()
        assert isinstance(us, tuple)
        await stranger.send(b"forged", ("127.0.0.1", link.info("sockname")[1]))
        await usual.send(b"answer", us)
        assert (await link.receive_from())[0] == b"answer"
        for one in (usual, stranger):
            await one.close()
        await dial.close()

    everywhere(main, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_that_nobody_listens_is_told(kind: str) -> None:
    async def main(network: Network) -> None:
        usual = await bound(network, socket.AF_INET)
        port = usual.info("sockname")[1]
        await usual.close()
        dial = dialler(network, port)
        link = await dial.datagrams()
        await link.send(b"ask")
        with pytest.raises(ConnectError, match="refused"):
            await link.receive()
        await dial.close()

    everywhere(main, kind)


@pytest.mark.parametrize("kind", LOOPS)
def test_both_sockets_go(kind: str) -> None:
    async def main(network: Network) -> None:
        usual = await bound(network, socket.AF_INET)
        dial = dialler(network, usual.info("sockname")[1])
        link = await dial.datagrams()
        port = link.info("sockname")[1]
        await link.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(("127.0.0.1", port))
        await usual.close()
        await dial.close()

    everywhere(main, kind)


async def test_a_unix_socket_has_no_other_ports(tmp_path: Path) -> None:
    network = SystemNetwork()
    with pytest.raises(UsageError):
        await network.roaming((socket.AF_UNIX, str(tmp_path / "s")), asyncio.DatagramProtocol, LinkOptions())


async def test_a_recording_tells_the_ports_apart(tmp_path: Path) -> None:
    network = SystemNetwork()
    usual, other = await bound(network, socket.AF_INET), await bound(network, socket.AF_INET)
    recording = Recording(tmp_path / "r.pcapng")
    dial = dialler(network, usual.info("sockname")[1], recording=recording)
    link = await dial.datagrams()
    await link.send(b"ask")
    _, us = await usual.receive_from()
    assert isinstance(us, tuple)
    await other.send(b"from the other", us)
    _, peer = await link.receive_from()
    await link.send(b"to the other", peer)
    await dial.close()
    await asyncio.sleep(0)
    recording.close()
    for one in (usual, other):
        await one.close()
    own, first, second = (one[1] for one in (us, usual.info("sockname"), other.info("sockname")))
    for one in (usual, other):
        await one.close()
    assert _packets(tmp_path / "r.pcapng") == [
        (own, first, b"ask"), (second, own, b"from the other"), (own, second, b"to the other"),
    ]  # fmt: skip


def _packets(path: Path) -> list[tuple[int, int, bytes]]:
    """Source port, destination port and payload of each UDP packet over IPv4."""
    found = [block.data for block in read(path) if isinstance(block, Frame)]
    return [(int.from_bytes(data[20:22]), int.from_bytes(data[22:24]), data[28:]) for data in found]
