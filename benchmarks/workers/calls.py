"""Small requests: many over one connection, each timed, or one each over many connections."""

from __future__ import annotations

import asyncio
import socket
from time import perf_counter
from typing import Any

import uvloop

from benchmarks.workers import Watch, attend

MESSAGE = bytes(range(64))
HANG = 60.0


def trips(port: int, count: int) -> dict[str, Any]:
    """Round trips over one connection: seconds of the median, and of the slowest but one in a hundred."""
    times = []
    with socket.create_connection(("127.0.0.1", port), HANG) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(100):
            trip(link)
        watch = Watch()
        for _ in range(count):
            began = perf_counter()
            trip(link)
            times.append(perf_counter() - began)
        read = watch.read(count)
    times.sort()
    return {**read, "right": True, "p50": times[count // 2], "p99": times[count * 99 // 100]}


def trip(link: socket.socket) -> None:
    """There and back."""
    link.sendall(MESSAGE)
    size = 0
    while size < len(MESSAGE):
        size += len(link.recv(4096)) or 1 << 30
    if size != len(MESSAGE):
        raise RuntimeError("another answer than was due")


class Call(asyncio.Protocol):
    """One connection with one request."""

    def __init__(self, over: asyncio.Future[bool]) -> None:
        self.over = over
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.write(MESSAGE)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if len(self.heard) >= len(MESSAGE):
            self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(self.heard == MESSAGE)


async def connections(port: int, count: int, at_once: int) -> dict[str, Any]:
    """So many connections, of which so many stand at once."""
    loop = asyncio.get_running_loop()
    right: list[bool] = []

    async def caller(share: int) -> None:
        for _ in range(share):
            over: asyncio.Future[bool] = loop.create_future()
            await loop.create_connection(lambda over=over: Call(over), "127.0.0.1", port)  # type: ignore[misc]  # mypy can't infer it
            right.append(await over)

    watch = Watch()
    await asyncio.gather(*(caller(count // at_once) for _ in range(at_once)))
    return {**watch.read(len(right)), "right": all(right)}


def work(port: int, count: int, at_once: int = 0) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(connections(port, count, at_once)) if at_once else trips(port, count)


attend(work)
