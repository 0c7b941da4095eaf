"""Asks an exporter's HTTP API for probes, over connections that are kept, so many at once."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import httptools
import uvloop

from benchmarks.workers import Watch, attend

PORT = int(sys.argv[1])


class Scrape(asyncio.Protocol):
    """One kept connection: the next request goes out when the last is answered."""

    def __init__(self, request: bytes, budget: list[int]) -> None:
        self.request = request
        self.budget = budget
        self.good = 0
        self.body = b""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.next()

    def next(self) -> None:
        if not self.budget[0]:
            self.transport.close()
            return
        self.budget[0] -= 1
        self.body = b""
        self.parser = httptools.HttpResponseParser(self)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.good += b"\nprobe_success 1\n" in self.body
        asyncio.get_running_loop().call_soon(self.next)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # what asyncio calls
        self.over.set_result(None)


async def scrape(module: str, target: str, count: int, concurrency: int) -> dict[str, Any]:
    request = f"GET /probe?module={module}&target={target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    budget = [count]
    loop = asyncio.get_running_loop()
    watch = Watch()
    made = [
        (await loop.create_connection(lambda: Scrape(request, budget), "127.0.0.1", PORT))[1]
        for _ in range(concurrency)
    ]
    await asyncio.gather(*[connection.over for connection in made])
    return {
        **watch.read(count),
        "good": sum(c.good for c in made),
        "last": max((c.body.decode() for c in made), key=len),
    }


def work(module: str, target: str, count: int, concurrency: int) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(scrape(module, target, count, concurrency))


attend(work)
