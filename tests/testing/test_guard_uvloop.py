"""uvloop is asked first, too, and stays what it was otherwise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from netloom.errors import Blocked
from netloom.testing.guard import GUARD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

FAR = "192.0.2.1"


class Hearing(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.set_result(data)


def run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def stream(host: str) -> None:
    await asyncio.get_running_loop().create_connection(asyncio.Protocol, host, 9)


async def named(host: str) -> None:
    await asyncio.get_running_loop().getaddrinfo(host, 9)


async def connected(host: str) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 9))


async def sent(host: str) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    try:
        transport.sendto(b"x", (host, 9))
    finally:
        transport.close()


@pytest.mark.parametrize("dial", [stream, named, connected, sent])
@pytest.mark.parametrize("host", [FAR, "example.org"])
def test_it_is_stopped(dial: Callable[[str], Awaitable[None]], host: str) -> None:
    async def work() -> None:
        with pytest.raises(Blocked, match=rf"test_guard_uvloop.py:\d+ dialled {host}"):
            await dial(host)

    with GUARD.watching():
        run(work())


@pytest.mark.parametrize("watched", [True, False])
def test_datagrams_pass_on_loopback(watched: bool) -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        near, hearing = await loop.create_datagram_endpoint(Hearing, local_addr=("127.0.0.1", 0))
        place = near.get_extra_info("sockname")
        far, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=place)
        far.sendto(b"warp")
        async with asyncio.timeout(10):
            assert await hearing.heard == b"warp"
        assert isinstance(hearing, Hearing)
        near.close()
        far.close()

    if watched:
        with GUARD.watching():
            run(work())
    else:
        run(work())


def test_streams_pass_on_loopback() -> None:
    async def work() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    with GUARD.watching():
        run(work())
