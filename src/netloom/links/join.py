"""Two links joined: what one says the other hears, both ways, until both have ended."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from netloom.errors import ConnectionLost, NetloomError
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


class Joined(NamedTuple):
    """How it ended: bytes that were carried to the right and to the left, and what broke each side, if anything did."""

    to_the_right: int
    to_the_left: int
    left: NetloomError | None = None
    right: NetloomError | None = None


async def join(left: Duplex, right: Duplex) -> Joined:
    """Carry bytes both ways until both sides have ended, or one can't be read any more.

    What breaks a side is no exception here, so that it can't be taken for the other's.
    """
    if splice.possible(left, right):
        ways: tuple[_Way, _Way] | tuple[splice.Way, splice.Way]
        ways = await splice.join(cast("Stream", left), cast("Stream", right))
    else:
        ways = _Way(left, right), _Way(right, left)
        try:
            async with asyncio.TaskGroup() as group:
                for way in ways:
                    group.create_task(way.carry())
        except BaseExceptionGroup as several:
            unforeseen = several.split(NetloomError)[1]
            if unforeseen is not None:
                raise unforeseen.exceptions[0] from None
    there, back = ways
    return Joined(there.size, back.size, there.unread or back.unwritten, back.unread or there.unwritten)


class _Way:
    """One way. `unread` is why its source, `unwritten` why its target failed."""

    def __init__(self, source: Duplex, target: Duplex) -> None:
        self.size = 0
        self.unread: NetloomError | None = None
        self.unwritten: NetloomError | None = None
        self._source = source
        self._target = target

    async def carry(self) -> None:
        """Until the source ends. Raises what ends the other way, too."""
        while data := await self._read():
            self.size += len(data)
            try:
                await self._target.write(data)
            except ConnectionLost as exc:
                self.unwritten = exc
                return  # what it said before may still be read
            except NetloomError as exc:
                self.unwritten = exc
                raise
        with contextlib.suppress(ConnectionLost):
            await self._target.write_eof()

    async def _read(self) -> bytes:
        try:
            return await self._source.read()
        except NetloomError as exc:
            self.unread = exc
            with contextlib.suppress(ConnectionLost):
                await self._target.write_eof()
            raise
