"""What a probe costs at least: a bare uvloop protocol connects, asks and goes, without stream, record or deadline."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import httptools
import uvloop
from dns import message

from benchmarks.counterparts import QNAME
from benchmarks.workers import Watch, attend

HOST = "127.0.0.1"
QUESTION = message.make_query(QNAME, "A").to_wire()


class Asked(asyncio.Protocol):
    """One request; done when the answer is whole."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.done.set_result(self.parser.get_status_code() == 200)


class Answered(asyncio.DatagramProtocol):
    """One datagram back."""

    def __init__(self) -> None:
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002  # what asyncio calls
        self.done.set_result(data[:2] == QUESTION[:2])


async def tcp(port: int) -> bool:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, HOST, port, family=socket.AF_INET)
    transport.abort()
    return True


async def http(port: int) -> bool:
    request = f"GET / HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    transport, asked = await loop.create_connection(lambda: Asked(request), HOST, port, family=socket.AF_INET)
    good = await asked.done
    transport.abort()
    return good


async def dns(port: int) -> bool:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.connect((HOST, port))
    transport, answered = await asyncio.get_running_loop().create_datagram_endpoint(Answered, sock=sock)
    transport.sendto(QUESTION)
    good = await answered.done
    transport.abort()
    return good


async def sweep(kind: str, port: int, count: int, concurrency: int) -> dict[str, Any]:
    """So many, so many at once."""
    one = {"tcp": tcp, "http": http, "dns": dns}[kind]
    turns = iter(range(count))
    good = 0

    async def worker() -> None:
        nonlocal good
        for _ in turns:
            right = await one(port)
            good += right

    watch = Watch()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())
    return {**watch.read(count), "good": good}


def work(kind: str, port: int, count: int, concurrency: int) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(sweep(kind, port, count, concurrency))


attend(work)
