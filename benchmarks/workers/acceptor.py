"""Accepts TCP connections and waits for the client to end them; echoes what it is told in between."""

from __future__ import annotations

import asyncio
import socket
import struct

import uvloop

from benchmarks.workers import say


class Accepted(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]  # a stream transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def eof_received(self) -> None:
        # The client has closed: a reset now spares it a socket in TIME_WAIT, of which a minute's worth would slow all
        # later connects down, whoever makes them.
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def main() -> None:
    """Serve until we are ended."""
    server = await asyncio.get_running_loop().create_server(Accepted, "127.0.0.1", 0, backlog=4096)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


uvloop.run(main())
