"""Playing one side of a recorded conversation on a stream: saying what it said, waiting for what it heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost
from netloom.links.play_beside import Further
from netloom.links.played import Departure, Played
from netloom.packet.streams.events import OTHER
from netloom.packet.tape.departing import loosely
from netloom.packet.tape.part import run
from netloom.packet.tape.script import plain
from netloom.packet.tape.track import END, RESET, SAID, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.play_beside import Around
    from netloom.links.stream import Stream
    from netloom.packet.tape.part import Unit
    from netloom.packet.tape.script import Cue, Script

UNFINISHED = 16 << 20
"""Octets that a peer may say beyond what was recorded before a unit of it is whole."""


def _unheard(_: int) -> None:
    """Nobody waits for how far it is."""


class StreamPlayer:
    """One script on one stream. `begun` cues have been played already, after which `early` was heard.

    `moved` hears when, in the recording, that was what is done next.
    """

    def __init__(  # noqa: PLR0913  # what a side brings itself
        self,
        link: Stream,
        script: Script,
        around: Around,
        *,
        timing: bool = False,
        begun: int = 0,
        early: bytes = b"",
        moved: Callable[[int], None] = _unheard,
    ) -> None:
        self.link = link
        self.script = script
        self._around = around
        self._further: list[Further] = []
        self._timing = timing
        self._moved = moved
        self._at = begun
        self._part = script.knowledge.part() if script.knowledge.part is not None else None
        self._units = self._part.units("tcp") if self._part is not None and script.part is not None else None
        self._early = early
        self._waiting: deque[Unit] = deque()
        self.said = self.heard = 0
        for cue in script.cues[:begun]:
            self._count(cue.unit.data)

    async def play(self) -> Played:
        """All of it, up to where the peer departs from it. Raises NetloomError where the link fails before."""
        try:
            async with asyncio.TaskGroup() as group:
                departure = await self._play(group)
                for further in self._further:
                    if departure is not None:
                        further.stop()
                        continue
                    further.begin(further.script.track.ended, group)
                    await further.over()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        error = next((further.error for further in self._further if further.error is not None), None)
        if error is not None and departure is None:
            raise error
        beside = [further.played for further in self._further if further.played is not None]
        return Played(self.script, self._at, self.said, self.heard, departure, beside)

    async def _play(self, group: asyncio.TaskGroup) -> Departure | None:
        cues = self.script.cues
        departure = None
        while self._at < len(cues) and departure is None:
            cue = cues[self._at]
            self._moved(cue.step.time)
            for further in self._further:
                further.begin(cue.step.time, group)
            if cue.act == SECURE:
                await self._around.secure(self.link)
            elif cue.sender == self.script.own:
                for further in self._further:
                    await further.catch_up(cue.step.time)
                if not await self._do(cue):
                    break
            else:
                if cue.act == END and self._part_together():
                    await self._say_end()
                departure = await self._wait(cue)
            self._at += departure is None
        if departure is None and self._at == len(cues) and self._is_open_ended():
            departure = await self._end()
        return departure

    def _name(self, script: Script) -> Further:
        """A further connection that is named now."""
        made = Further(script, self._around, self._play_beside)
        self._further.append(made)
        return made

    async def _play_beside(self, link: Stream, script: Script, moved: Callable[[int], None]) -> Played:
        return await StreamPlayer(link, script, self._around, timing=self._timing, moved=moved).play()

    # Ours

    async def _do(self, cue: Cue) -> bool:
        """Whether there is more to do."""
        if self._timing and cue.step.pause:
            await asyncio.sleep(cue.step.pause)
        if cue.act == RESET:
            self.link.abort()
            return self._ends()
        if cue.act != SAID:
            if self._speaks_later(OTHER[cue.sender]):
                await self._say_end()
                return True
            await self.link.close()
            return self._ends()
        data = await self._words(cue)
        try:
            await self.link.write(data)
        except ConnectionLost:
            if self._speaks_later(OTHER[self.script.own]):
                raise
            return self._ends()  # as it was recorded: the peer has heard enough
        self._count(data)
        return True

    async def _say_end(self) -> None:
        with contextlib.suppress(OSError):  # the peer has gone before, and nobody has read that yet
            await self.link.write_eof()

    async def _words(self, cue: Cue) -> bytes:
        """What is said at a cue: as it was recorded, but for what the peer has to recognise, or to find."""
        if self._part is None:
            return cue.unit.data
        if cue.beside is not None:
            return self._part.renamed(cue.unit, await self._name(cue.beside).announce())
        return self._part.adapt(cue.unit)

    def _count(self, data: bytes) -> None:
        self.said += len(data)
        if self._units is not None:
            self._units.feed(self.script.own, data)

    def _ends(self) -> bool:
        self._at = len(self.script.cues)
        return False

    def _speaks_later(self, sender: str) -> bool:
        """Whether a side has something to say after this cue."""
        return any(cue.act == SAID and cue.sender == sender for cue in self.script.cues[self._at + 1 :])

    def _part_together(self) -> bool:
        """Whether both sides only end from here on. Who was first is chance, or the recorder's guess: we don't wait."""
        left = self.script.cues[self._at :]
        return all(cue.act == END for cue in left) and any(cue.sender == self.script.own for cue in left)

    def _is_open_ended(self) -> bool:
        """Whether a whole recording ends with both sides still there: then it is the peer's to go."""
        return not self.script.track.flaw and all(cue.act in (SAID, SECURE) for cue in self.script.cues)

    # The peer's

    async def _wait(self, cue: Cue) -> Departure | None:
        if cue.act != SAID:
            return await self._end()
        if self._units is None and self.script.match != "none":
            return await self._exactly(cue)
        try:
            heard = await self._unit(len(cue.unit.data))
            if heard is not None and heard.flows and cue.unit.flows:
                heard = await self._flow(cue.unit, heard)
        except ConnectionLost:
            heard = None
        if heard is None:
            return self._departed(b"", "it went away")
        if not loosely(self.script.match, cue.unit, heard):
            return self._departed(heard.data, "it said something else")
        if self._part is not None:
            self._part.met(cue.unit, heard)
            if cue.beside is not None:
                self._name(cue.beside).announced(self._part.place(heard))
        return None

    async def _exactly(self, cue: Cue) -> Departure | None:
        """As many octets as were recorded, or up to where they differ."""
        wanted, at = cue.unit.data, 0
        while at < len(wanted):
            try:
                piece = await self._read(len(wanted) - at)
            except ConnectionLost:
                piece = b""
            if not piece or not wanted.startswith(piece, at):
                return self._departed(wanted[:at] + piece, "it said something else" if piece else "it went away")
            at += len(piece)
        return None

    async def _unit(self, expected: int) -> Unit | None:
        """The next thing that the peer says and that is waited for; None at its end. What is said aside is answered."""
        unfinished = 0
        while True:
            while self._waiting:
                unit = self._waiting.popleft()
                if unit.gist is not None:
                    return unit
                if self._part is not None and (aside := self._part.aside(unit)):
                    await self.link.write(aside)
            piece = await self._read()
            unfinished += len(piece)
            if not piece or unfinished > expected + UNFINISHED:
                return None
            if self._units is None:
                return plain(OTHER[self.script.own], piece)
            self._waiting += self._units.feed(OTHER[self.script.own], piece)

    async def _flow(self, wanted: Unit, first: Unit) -> Unit | None:
        """As much as was recorded, or up to where it differs and what came with that; None at the peer's end."""
        flow, text = [first], wanted.gist or ""
        fits = self.script.match != "none" and text.startswith(first.gist or "")
        while (fits and len(flow) < len(text)) or (not fits and any(unit.flows for unit in self._waiting)):
            unit = await self._unit(len(wanted.data))
            if unit is None or not unit.flows:
                self._waiting.extendleft([unit] if unit is not None else [])
                return run(flow) if unit is not None else None
            fits = fits and unit.gist == text[len(flow)]
            flow.append(unit)
        return run(flow)

    async def _read(self, limit: int = UNFINISHED) -> bytes:
        if self._early:
            piece, self._early = self._early[:limit], self._early[limit:]
        else:
            piece = await self.link.read(limit)
        self.heard += len(piece)
        return piece

    async def _end(self) -> Departure | None:
        """The peer's end, in whichever way it goes."""
        try:
            heard = await self._unit(0)
        except ConnectionLost:
            return None
        return self._departed(heard.data, "it goes on where the recording ends") if heard is not None else None

    def _departed(self, heard: bytes, why: str) -> Departure:
        return Departure(self._at, heard, why)
