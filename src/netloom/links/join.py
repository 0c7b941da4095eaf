"""Two links joined: what one says the other hears, both ways, until both have ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, cast

from netloom.errors import ConnectionLost
from netloom.links import splice

if TYPE_CHECKING:
    from netloom.links.stream import Stream


class Duplex(Protocol):
    """What can be joined: streams, datagram sockets, message channels, standard input and output.

    `read` gives b"" at the end; `write_eof` ends our side.
    """

    async def read(self) -> bytes: ...

    async def write(self, data: bytes) -> None: ...

    async def write_eof(self) -> None: ...


async def join(left: Duplex, right: Duplex) -> tuple[int, int]:
    """Carry bytes both ways until both sides have ended; gives how many went from left to right and back."""
    if splice.possible(left, right):
        return await splice.join(cast("Stream", left), cast("Stream", right))
    try:
        async with asyncio.TaskGroup() as group:
            there = group.create_task(_carry(left, right))
            back = group.create_task(_carry(right, left))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return there.result(), back.result()


async def _carry(source: Duplex, target: Duplex) -> int:
    size = 0
    try:
        while data := await source.read():
            size += len(data)
            await target.write(data)
        await target.write_eof()
    except ConnectionLost:
        await target.write_eof()
    return size
