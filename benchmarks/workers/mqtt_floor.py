"""The least that passing messages on takes on this loop: bytes to whoever has subscribed to the topic, as they come."""

from __future__ import annotations

import asyncio
from typing import cast

import uvloop

from benchmarks.workers import say

HEARERS: dict[bytes, asyncio.Transport] = {}


class Passed(asyncio.Protocol):
    """One connection. Its messages come one by one and each in one piece, and a topic has one hearer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        first = data[0]
        if first == 0x30:
            hearer = HEARERS.get(data[4 : 4 + data[3]])
            if hearer is not None:
                hearer.write(data)
        elif first == 0x10:
            rest = data[2 + data[1] :]
            if rest:
                HEARERS[rest[6 : 6 + rest[5]]] = self.transport
            self.transport.write(b"\x20\2\0\0\x90\3\0\1\0" if rest else b"\x20\2\0\0")
        else:
            self.transport.close()


async def main() -> None:
    """Serve until we are ended."""
    server = await asyncio.get_running_loop().create_server(Passed, "127.0.0.1", 0, backlog=1024)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


uvloop.run(main())
