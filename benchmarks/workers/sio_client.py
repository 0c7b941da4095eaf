"""Socket.IO clients that send an event and wait for its acknowledgement: `sio_client netloom|python-socketio`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from benchmarks.workers import Watch, attend

SIDE = sys.argv[1]
PAYLOAD = "x" * 64

Go = Callable[[int], Awaitable[bool]]
"""So many events; whether each was acknowledged as the server does it."""


async def ours(port: int, stack: AsyncExitStack) -> Go:
    from netloom import connect
    from netloom.records import Message

    place = f"socketio://127.0.0.1:{port}/#transport=websocket,reply=ack,type=arguments"
    client: Any = await stack.enter_async_context(connect(place, deadline=60))
    message = Message(topic="publish", payload=f'["nobody","{PAYLOAD}"]'.encode())

    async def go(count: int) -> bool:
        right = True
        for _ in range(count):
            right &= (await client.send(message)).value["status"] == "ok"
        return right

    return go


async def theirs(port: int, stack: AsyncExitStack) -> Go:
    import socketio  # type: ignore[import-untyped]

    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    await client.connect(f"http://127.0.0.1:{port}", transports=["websocket"])
    stack.push_async_callback(client.disconnect)

    async def go(count: int) -> bool:
        right = True
        for _ in range(count):
            right &= (await client.call("publish", ("nobody", PAYLOAD)))["status"] == "ok"
        return right

    return go


async def slice_of(port: int, count: int, connections: int) -> dict[str, Any]:
    """So many events on each of so many sessions. Connecting isn't timed."""
    async with AsyncExitStack() as stack:
        going = [await (ours if SIDE == "netloom" else theirs)(port, stack) for _ in range(connections)]
        watch = Watch()
        right = await asyncio.gather(*[go(count) for go in going])
        return {**watch.read(count * connections), "right": all(right)}


def work(port: int, count: int, connections: int) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(slice_of(port, count, connections))


attend(work)
