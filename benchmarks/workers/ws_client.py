"""WebSocket clients, one a library, that send a message and read it back: `ws_client netloom|websockets|aiohttp`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from benchmarks.workers import Watch, attend

SIDE = sys.argv[1]
TEXT = "x" * 64

Go = Callable[[int], Awaitable[bool]]
"""So many round trips; whether each gave the same text."""


async def ours(port: int, stack: AsyncExitStack) -> Go:
    from netloom import connect

    client: Any = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/#compressed=false", deadline=60))
    socket = await client.open()

    async def go(count: int) -> bool:
        right = True
        for _ in range(count):
            await socket.send(TEXT)
            right &= await socket.receive() == TEXT
        return right

    return go


async def websockets(port: int, stack: AsyncExitStack) -> Go:
    from websockets.asyncio.client import connect

    socket = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None))

    async def go(count: int) -> bool:
        right = True
        for _ in range(count):
            await socket.send(TEXT)
            right &= await socket.recv() == TEXT
        return right

    return go


async def aiohttp(port: int, stack: AsyncExitStack) -> Go:
    from aiohttp import ClientSession

    session = await stack.enter_async_context(ClientSession())
    socket = await stack.enter_async_context(session.ws_connect(f"http://127.0.0.1:{port}/"))

    async def go(count: int) -> bool:
        right = True
        for _ in range(count):
            await socket.send_str(TEXT)
            right &= await socket.receive_str() == TEXT
        return right

    return go


async def slice_of(port: int, count: int, connections: int) -> dict[str, Any]:
    """So many round trips on each of so many connections. Connecting isn't timed."""
    async with AsyncExitStack() as stack:
        going = [await SIDES[SIDE](port, stack) for _ in range(connections)]
        watch = Watch()
        right = await asyncio.gather(*[go(count) for go in going])
        return {**watch.read(count * connections), "right": all(right)}


SIDES = {"netloom": ours, "websockets": websockets, "aiohttp": aiohttp}


def work(port: int, count: int, connections: int) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(slice_of(port, count, connections))


attend(work)
