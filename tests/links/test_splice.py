"""Joined sockets: every byte arrives, also what had come before the kernel took over."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import struct

import pytest

from netloom.errors import ConnectionLost
from netloom.links import splice
from netloom.links.join import Joined, join
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
    assert joined.result() == Joined(len(sent), 4)
    assert answer.result() == b"done"
    for stream in (source, left, right, sink):
        await stream.close()


@pytest.mark.parametrize("broken", ["left", "right"])
async def test_a_reset_is_the_one_sides_and_ends_the_other(broken: str) -> None:
    ann, left = await both_ends()
    right, bob = await both_ends()
    assert splice.possible(left, right)
    joining = asyncio.ensure_future(join(left, right))
    await ann.write(b"hello")
    assert await bob.read_exactly(5) == b"hello"
    victim, other = (ann, bob) if broken == "left" else (bob, ann)
    victim.info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by a reset
    victim.abort()
    assert await other.read() == b""
    joined = await joining
    errors = {"left": joined.left, "right": joined.right}
    assert isinstance(errors.pop(broken), ConnectionLost)
    assert list(errors.values()) == [None]
    assert joined.to_the_right == 5
    for stream in (ann, left, right, bob):
        await stream.close()


async def test_one_that_takes_no_more_may_still_be_heard() -> None:
    """As a server that refuses a large body and says why."""
    ann, left = await both_ends()
    right, bob = await both_ends()
    joining = asyncio.ensure_future(join(left, right))
    bob.info("socket").shutdown(socket.SHUT_RD)
    await bob.write(b"too much")
    await bob.close()
    assert await ann.read_exactly(8) == b"too much"
    pouring = asyncio.ensure_future(ann.write(bytes(1 << 20)))
    joined = await joining
    assert isinstance(joined.right, ConnectionLost)
    assert joined.left is None
    pouring.cancel()
    await asyncio.wait({pouring})
    for stream in (left, right):
        await stream.close()
    ann.abort()
    await ann.close()
