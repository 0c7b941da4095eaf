"""The client's side of a tape: its conversations in their order, on streams and datagram sockets that were dialled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.links.played import Departure, Played
from netloom.packet.streams.events import OTHER
from netloom.packet.tape.departing import loosely
from netloom.packet.tape.script import plain
from netloom.packet.tape.track import SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.datagrams import Datagrams
    from netloom.packet.tape.part import Unit
    from netloom.packet.tape.script import Cue, Script
    from netloom.packet.tape.track import Track


class Order:
    """Conversations begin when those before them have come as far as they had in the recording."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._reached = {id(track): track.started for track in tracks}
        self._started = {id(track): track.started for track in tracks}
        self._changed = asyncio.Event()

    async def turn(self, track: Track) -> None:
        """Wait until it may begin."""
        while any(self._reached[one] < track.started for one, start in self._started.items() if start < track.started):
            await self._changed.wait()

    def reach(self, track: Track, time: int | None) -> None:
        """What a conversation does next was done at this time; None: it is over."""
        self._reached[id(track)] = 1 << 63 if time is None else time
        self._changed.set()
        self._changed = asyncio.Event()


class DatagramAsker:
    """A script on a connected socket: what is asked, and answers in any order."""

    def __init__(self, link: Datagrams, script: Script, *, timing: bool = False) -> None:
        self._link = link
        self._script = script
        self._timing = timing
        self._part = script.part() if script.part is not None else None
        self._units = self._part.units("udp") if self._part is not None else None
        self._seen: set[bytes] = set()
        self.said = self.heard = 0

    async def play(self) -> Played:
        """All of it, up to an answer that isn't as recorded. Raises NetloomError where the link fails, or is silent."""
        cues = self._script.cues
        at = 0
        while at < len(cues):
            answers = _answers(self._script, at)
            if not answers:
                await self._say(cues[at])
                at += 1
                continue
            departure = await self._hear(at, answers)
            if departure is not None:
                return Played(self._script, at, self.said, self.heard, departure)
            at += len(answers)
        return Played(self._script, at, self.said, self.heard)

    async def _say(self, cue: Cue) -> None:
        if cue.act != SAID:
            return
        if self._timing and cue.step.pause:
            await asyncio.sleep(cue.step.pause)
        data = self._part.adapt(cue.unit) if self._part is not None else cue.unit.data
        await self._link.write(data)
        self.said += len(data)

    async def _hear(self, at: int, answers: list[Cue]) -> Departure | None:
        missing = list(answers)
        while missing:
            data = await self._link.receive()
            if data in self._seen:
                continue  # said twice
            self._seen.add(data)
            self.heard += len(data)
            unit = self._unit(data)
            met = next((cue for cue in missing if loosely(self._script.match, cue.unit, unit)), None)
            if met is None:
                return Departure(at + answers.index(missing[0]), data, "it said something else")
            missing.remove(met)
            if self._part is not None:
                self._part.met(met.unit, unit)
        return None

    def _unit(self, data: bytes) -> Unit:
        sender = OTHER[self._script.own]
        found = self._units.feed(sender, data) if self._units is not None else []
        return found[0] if found else plain(sender, data)


def _answers(script: Script, at: int) -> list[Cue]:
    """The peer's datagrams from a cue on, until we speak again."""
    found = []
    for cue in script.cues[at:]:
        if cue.sender == script.own:
            break
        found.append(cue)
    return found
