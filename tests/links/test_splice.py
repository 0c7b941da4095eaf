"""Joined sockets: every byte arrives, also what had come before the kernel took over."""

from __future__ import annotations

import asyncio
import hashlib
import os

from netloom.links import splice
from netloom.links.join import join
from netloom.links.stream import HIGH_WATER, Stream


async def both_ends() -> tuple[Stream, Stream]:
    """A connected pair of streams over a real socket."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[Stream] = loop.create_future()

    class Accepted(Stream):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            came.set_result(self)

    server = await loop.create_server(lambda: Accepted(loop), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    _, near = await loop.create_connection(lambda: Stream(loop), host, port)
    far = await came
    server.close()
    return near, far


async def test_what_came_before_the_join_is_carried_first_and_nothing_is_lost() -> None:
    source, left = await both_ends()
    right, sink = await both_ends()
    sent = os.urandom(16 * HIGH_WATER)

    async def pour() -> None:
        for at in range(0, len(sent), HIGH_WATER):
            await source.write(sent[at : at + HIGH_WATER])
        await source.write_eof()

    async def collect() -> bytes:
        data = b"".join([chunk async for chunk in sink])
        await sink.write(b"done")
        await sink.write_eof()
        return data

    async with asyncio.TaskGroup() as group:
        group.create_task(pour())
        while len(left.peek()) <= HIGH_WATER:  # noqa: ASYNC110  # it has stopped reading, by itself
            await asyncio.sleep(0)
        assert splice.possible(left, right)
        joined = group.create_task(join(left, right))
        received = group.create_task(collect())
        answer = group.create_task(source.read_exactly(4))
    assert hashlib.sha256(received.result()).digest() == hashlib.sha256(sent).digest()
    assert joined.result() == (len(sent), 4)
    assert answer.result() == b"done"
    for stream in (source, left, right, sink):
        await stream.close()
