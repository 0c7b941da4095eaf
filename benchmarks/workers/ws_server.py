"""WebSocket echo servers on uvloop, one a library: `ws_server websockets|aiohttp|raw`."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

from benchmarks.workers import say

LIBRARY = sys.argv[1]
CLOSE = 0x88


async def websockets() -> int:
    from websockets.asyncio.server import ServerConnection, serve

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    server = await serve(echo, "127.0.0.1", 0, compression=None, max_size=16 << 20)
    return int(next(iter(server.sockets)).getsockname()[1])


async def aiohttp() -> int:
    from aiohttp import WSMsgType, web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse(compress=False, max_msg_size=16 << 20)
        await answer.prepare(request)
        async for message in answer:
            if message.type is WSMsgType.TEXT:
                await answer.send_str(message.data)
            else:
                await answer.send_bytes(message.data)
        return answer

    application = web.Application()
    application.router.add_get("/", echo)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return int(runner.addresses[0][1])


class Raw(asyncio.Protocol):
    """The least: a handshake that nobody reads, and frames unmasked by one big number."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.came = b""
        self.open = False

    def data_received(self, data: bytes) -> None:
        self.came = data = self.came + data if self.came else data
        if not self.open:
            if not data.endswith(b"\r\n\r\n"):
                return
            self.open, self.came = True, b""
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accepted(data) + b"\r\n\r\n"
            )
            return
        answers, at = [], 0
        while (found := frame_at(data, at)) is not None:
            answer, at = found
            answers.append(answer)
        self.came = data[at:]
        self.transport.write(b"".join(answers))
        if answers and answers[-1][0] == CLOSE:
            self.transport.close()


def accepted(request: bytes) -> bytes:
    import base64
    import hashlib

    key = request.lower().partition(b"sec-websocket-key:")[0]
    given = request[len(key) :].partition(b":")[2].partition(b"\r\n")[0].strip()
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(given + guid, usedforsecurity=False).digest())


def frame_at(data: bytes, at: int) -> tuple[bytes, int] | None:
    """A whole frame as it goes back, and where it ends (RFC 6455 §5.2)."""
    start = at + 2
    if len(data) < start:
        return None
    size = data[at + 1] & 127
    if size == 126:
        size, start = int.from_bytes(data[start : start + 2]), start + 2
    elif size == 127:
        size, start = int.from_bytes(data[start : start + 8]), start + 8
    end = start + 4 + size
    if len(data) < end:
        return None
    mask = (data[start : start + 4] * (size // 4 + 1))[:size]
    payload = (int.from_bytes(data[start + 4 : end]) ^ int.from_bytes(mask)).to_bytes(size)
    return data[at : at + 1] + bytes((data[at + 1] & 127,)) + data[at + 2 : start] + payload, end


async def raw() -> int:
    server = await asyncio.get_running_loop().create_server(Raw, "127.0.0.1", 0, backlog=1024)
    return int(server.sockets[0].getsockname()[1])


async def main() -> None:
    """Serve until we are ended."""
    say({"port": await {"websockets": websockets, "aiohttp": aiohttp, "raw": raw}[LIBRARY]()})
    await asyncio.Event().wait()


uvloop.run(main())
