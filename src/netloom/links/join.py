"""Two links joined: what one says the other hears, both ways, until both have ended."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple, Protocol, TypeGuard

from netloom.errors import ConnectionLost, NetloomError
from netloom.links import splice
from netloom.links.bridge import Bridge
from netloom.links.stream import Stream

ENOUGH = 256 * 1024
"""Octets one way after which it pays to have the kernel carry the rest: threads and pipes take a while to make."""


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


class Tally:
    """How much has passed, told even of a join that is cancelled. A side's size is what it has said."""

    def __init__(self) -> None:
        self.counts: list[tuple[Sized, Sized]] = []

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes that were carried to the right and to the left."""
        return sum(left.size for left, _ in self.counts), sum(right.size for _, right in self.counts)


class Sized(Protocol):
    """What counts the bytes that one side says."""

    size: int


async def join(left: Duplex, right: Duplex, tally: Tally | None = None, *, resets: bool = False) -> Joined:
    """Carry bytes both ways until both sides have ended, or one can't be read any more.

    What breaks a side is no exception here, so that it can't be taken for the other's. To the other it is the end of
    what is said, unless the caller `resets` it, so that nobody takes a part for the whole.
    """
    tally = tally if tally is not None else Tally()
    if _can_bridge(left) and _can_bridge(right):
        return await _bridged(left, right, tally, resets=resets)
    there, back = _Way(left, right, resets=resets), _Way(right, left, resets=resets)
    tally.counts.append((there, back))
    try:
        async with asyncio.TaskGroup() as group:
            for way in (there, back):
                group.create_task(way.carry())
    except BaseExceptionGroup as several:
        unforeseen = several.split(NetloomError)[1]
        if unforeseen is not None:
            raise unforeseen.exceptions[0] from None
    return Joined(*tally.sizes, there.unread or back.unwritten, back.unread or there.unwritten)


def _can_bridge(link: Duplex) -> TypeGuard[Stream]:
    """A stream that bears any silence; one that has gone would never tell so to who comes in its place."""
    return isinstance(link, Stream) and not link.watches_silence and not link.transport.is_closing()


async def _bridged(left: Stream, right: Stream, tally: Tally, *, resets: bool) -> Joined:
    """From transport to transport; two that have much to say to each other are left to the kernel."""
    bridge = Bridge(left, right, ENOUGH if splice.possible(left, right) else None, resets=resets)
    tally.counts.append((bridge.left, bridge.right))
    if await bridge.carry():
        return Joined(*tally.sizes, bridge.left.error, bridge.right.error)
    there, back = splice.ways(left, right, resets=resets)
    tally.counts.append((there, back))
    await splice.run(there, back)
    return Joined(*tally.sizes, there.unread or back.unwritten, back.unread or there.unwritten)


class _Way:
    """One way. `unread` is why its source, `unwritten` why its target failed."""

    def __init__(self, source: Duplex, target: Duplex, *, resets: bool) -> None:
        self.size = 0
        self.unread: NetloomError | None = None
        self.unwritten: NetloomError | None = None
        self._source = source
        self._target = target
        self._resets = resets

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
            if not self._resets:
                with contextlib.suppress(ConnectionLost):
                    await self._target.write_eof()
            raise
