"""ICMP in memory: who is there answers, who isn't is unreachable, and who is silent is silent."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from netloom.errors import UsageError
from netloom.links.icmp import Heard, IcmpLink, Reported
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.virtual import run
from netloom.wire import icmp

HOSTS: dict[int, Any] = {4: (socket.AF_INET, ("127.0.0.1", 0)), 6: (socket.AF_INET6, ("::1", 0, 0, 0))}


async def opened(network: MemoryNetwork, version: int, *, answers: bool = False) -> IcmpLink:
    link = IcmpLink(asyncio.get_running_loop())
    link.peer = "" if answers else HOSTS[version][1][0]
    remote, local = (None, HOSTS[version]) if answers else (HOSTS[version], None)
    await network.icmp(remote, local, lambda: link, LinkOptions())
    return link


@pytest.mark.parametrize("version", [4, 6])
def test_there_and_back(version: int) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        server = await opened(network, version, answers=True)
        client = await opened(network, version)
        assert (server.version, client.version) == (version, version)
        assert not server.answers_itself
        assert not client.privileged
        await client.send(icmp.emit(icmp.Echo(version, False, client.identifier, 3, b"x")))
        heard = await server.hear()
        assert isinstance(heard, Heard)
        assert heard.message == icmp.Echo(version, False, client.identifier, 3, b"x")
        assert heard.sender.ttl == 64
        assert heard.sender.to == HOSTS[version][1][0]
        await server.send(icmp.emit(icmp.Echo(version, True, client.identifier, 3, b"x")), heard.sender)
        answer = await client.hear()
        assert isinstance(answer, Heard)
        assert answer.host == HOSTS[version][1][0]

    run(main())


@pytest.mark.parametrize("version", [4, 6])
def test_nobody_is_there(version: int) -> None:
    async def main() -> None:
        client = await opened(MemoryNetwork(), version)
        await client.send(icmp.emit(icmp.Echo(version, False, client.identifier, 9)))
        report = await client.hear()
        assert isinstance(report, Reported)
        assert report.sequence == 9
        assert "unreachable" in report.as_error("x").message

    run(main())


def test_two_cannot_answer() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        first = await opened(network, 4, answers=True)
        with pytest.raises(UsageError, match="already"):
            await opened(network, 4, answers=True)
        await first.close()
        await opened(network, 4, answers=True)

    run(main())


def test_a_silent_host() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        network.silent.add(("127.0.0.1", 0))
        client = await opened(network, 4)
        await client.send(icmp.emit(icmp.Echo(4, False, client.identifier, 1)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await client.hear()

    run(main())
