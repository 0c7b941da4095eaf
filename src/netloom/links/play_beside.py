"""Further connections of a conversation that is played: where they are made, and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from netloom.errors import DeadlineExceeded, NetloomError
from netloom.packet.streams.events import Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.beside import Waiting
    from netloom.links.context import Context
    from netloom.links.dial import Dialler
    from netloom.links.played import Played
    from netloom.links.stream import Stream
    from netloom.packet.tape.script import Script

    Play = Callable[[Stream, Script, Callable[[int], None]], Awaitable[Played]]

PATIENCE = 30.0
"""Seconds that somebody may take to make a further connection, and be silent on it."""
_OVER = 1 << 63


class Around(Protocol):
    """What a side can do around a stream: TLS, and further connections beside it."""

    async def secure(self, link: Stream, *, at_once: bool = False) -> None: ...

    async def listen(self) -> Waiting: ...

    async def dial(self, place: Place) -> Stream: ...


class Served:
    """Around a connection that came to us."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def secure(self, link: Stream, *, at_once: bool = False) -> None:
        """TLS, as the server."""
        await self._context.secure(link, at_once=at_once)

    async def listen(self) -> Waiting:
        """Wait for the same peer."""
        return await self._context.beside.listen()

    async def dial(self, place: Place) -> Stream:
        """Connect to where the peer waits."""
        return await self._context.beside.dial(place.host or self._context.beside.there, place.port)


class Dialled:
    """Around a connection that we made."""

    def __init__(self, dial: Dialler, link: Stream) -> None:
        self._dial = dial
        self._beside = dial.beside(link)
        self._link = link

    async def secure(self, link: Stream, *, at_once: bool = False) -> None:
        """TLS, as the client; a further connection goes on with the session of the first."""
        await self._dial.secure(link, resume=self._link if at_once else None)

    async def listen(self) -> Waiting:
        """Wait for the same peer."""
        return await self._beside.listen()

    async def dial(self, place: Place) -> Stream:
        """Connect to another port of the peer."""
        return await self._beside.dial(place.port)


class Further:
    """One further connection: made when it was made in the recording, and waited for where it was ahead."""

    def __init__(self, script: Script, around: Around, play: Play) -> None:
        self.script = script
        self.played: Played | None = None
        self.error: NetloomError | None = None
        self._around = around
        self._play = play
        self._place: Place | None = None
        self._waiting: Waiting | None = None
        self._task: asyncio.Task[None] | None = None
        self._reached = script.track.started
        self._changed = asyncio.Event()

    async def announce(self) -> Place:
        """Listen; gives where, as the peer is to be told."""
        self._waiting = await self._around.listen()
        host, port = self._waiting.address[1][:2]
        return Place(host, port)

    def announced(self, place: Place | None) -> None:
        """The peer waits there."""
        self._place = place

    def begin(self, time: int, group: asyncio.TaskGroup) -> None:
        """Make it, if it was there at a time."""
        if self._task is None and self.script.track.started <= time:
            self._task = group.create_task(self._run())

    async def catch_up(self, time: int) -> None:
        """Wait until it has come as far as it was at a time, or is over."""
        while self._task is not None and self._reached < time:
            await self._changed.wait()

    async def over(self) -> None:
        """Wait until it is over."""
        await self.catch_up(_OVER)

    def stop(self) -> None:
        """Nobody waits for it any more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            link = await self._made()
            link.set_idle(PATIENCE)
            self._move(self.script.cues[0].step.time)  # TLS has no time of its own in a recording
            if self.script.track.secured:
                await self._around.secure(link, at_once=True)
            self.played = await self._play(link, self.script, self._move)
            await link.close()
        except NetloomError as exc:
            self.error = exc
        finally:
            self._move(_OVER)

    async def _made(self) -> Stream:
        """The connection, from whichever side. Raises DeadlineExceeded where nobody comes."""
        if self._waiting is None:
            return await self._around.dial(self._place or self.script.track.server)
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._waiting.accept()
        except TimeoutError:
            number = self.script.track.number
            raise DeadlineExceeded(f"nobody came for conversation {number} within {PATIENCE:g} s") from None

    def _move(self, time: int) -> None:
        self._reached = time
        self._changed.set()
        self._changed = asyncio.Event()
