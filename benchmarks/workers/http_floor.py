"""The least that serving HTTP on this loop takes: the same answer to whatever comes, and nothing that looks at it."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import uvloop

from benchmarks.app import BODY
from benchmarks.workers import say

ANSWER = (
    f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(BODY)}\r\n"
    f"date: {formatdate(usegmt=True)}\r\n\r\n"
).encode() + BODY


class Served(asyncio.Protocol):
    """One connection. Its requests come one by one and each in one piece, as wrk sends them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]  # a stream transport

    def data_received(self, _: bytes) -> None:
        self.transport.write(ANSWER)


async def main() -> None:
    """Serve until we are ended."""
    server = await asyncio.get_running_loop().create_server(Served, "127.0.0.1", 0, backlog=1024)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


uvloop.run(main())
