"""A TLS echo server of asyncio's own: `tls_server CHAIN KEY asyncio|uvloop`."""

from __future__ import annotations

import asyncio
import ssl
import sys

import uvloop

from benchmarks.workers import say


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Give back what comes, to the end."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main() -> None:
    """Serve until we are ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context, backlog=4096)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


(uvloop.run if sys.argv[3] == "uvloop" else asyncio.run)(main())
