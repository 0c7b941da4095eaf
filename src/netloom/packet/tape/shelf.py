"""The shelf: scripts that wait to be played, and which of them is meant by whoever comes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from netloom.packet.streams.events import OTHER
from netloom.packet.tape.departing import loosely
from netloom.packet.tape.exchanges import datagram
from netloom.packet.tape.part import run
from netloom.packet.tape.track import SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.tape.part import Unit
    from netloom.packet.tape.script import Script

    Opening = tuple[Unit | None, bool]


class Shelf:
    """Each script is played once, or with `repeat` as often as somebody means it: one that wasn't yet is preferred."""

    def __init__(self, scripts: Sequence[Script], *, repeat: bool = False) -> None:
        self._left = list(scripts)
        self._played: list[Script] = []
        self._repeat = repeat

    @property
    def left(self) -> list[Script]:
        """Those that may be played, in the order in which they are offered."""
        return self._left + self._played if self._repeat else self._left

    def take(self, script: Script) -> None:
        """Somebody plays it."""
        if script in self._left:
            self._left.remove(script)
            self._played.append(script)

    def alike(self) -> list[Script]:
        """The first, and those that begin with the same words of ours: whoever comes may mean any of them."""
        left = self.left
        first = _ours(left[0])
        return [script for script in left if _ours(script) == first]

    def meant(self, scripts: Sequence[Script], heard: bytes, *, ended: bool = False) -> tuple[Script | None, bool]:
        """Which one a peer means who began so, and whether that is certain: unless it `ended`, it may say more."""
        openings: dict[object, Opening] = {}
        certain = True
        for script in scripts:
            verdict = _begins(script, heard, openings, ended=ended)
            if verdict and certain:
                return script, True
            certain = certain and verdict is not None
        return None, certain

    def asked(self, data: bytes) -> Script | None:
        """The first in which somebody asks what a datagram asks."""
        seen: dict[object, Unit] = {}
        for script in self.left:
            part = script.part
            if part not in seen:
                seen[part] = datagram(part().units("udp") if part is not None else None, data)
            asked = (cue.unit for cue in script.cues if cue.sender != script.own)
            if any(loosely(script.match, unit, seen[part]) for unit in asked):
                return script
        return None


def _ours(script: Script) -> bytes:
    return b"".join(cue.unit.data for cue in script.cues[: script.prelude()])


def _begins(script: Script, heard: bytes, openings: dict[object, Opening], *, ended: bool) -> bool | None:
    """Whether a script goes on with what was heard; None where more has to be heard first."""
    at = script.prelude()
    if at == len(script.cues):
        return True
    if not heard:
        return script.cues[at].act != SAID if ended else None
    if script.cues[at].act != SAID:
        return False
    if script.match == "none":
        return True
    wanted = script.cues[at].unit
    if script.part is None:
        if wanted.data.startswith(heard):
            return True if heard == wanted.data else None
        return heard.startswith(wanted.data)
    if script.part not in openings:
        openings[script.part] = _first(script, heard)
    unit, more = openings[script.part]
    return _fits(script, wanted, unit, more=more and not ended) if unit is not None else None


def _fits(script: Script, wanted: Unit, unit: Unit, *, more: bool) -> bool | None:
    """Of what flows it is the beginning that has to be the same."""
    if not (wanted.flows and unit.flows):
        return loosely(script.match, wanted, unit)
    text, heard = wanted.gist or "", unit.gist or ""
    return None if more and len(heard) < len(text) and text.startswith(heard) else heard.startswith(text)


def _first(script: Script, heard: bytes) -> Opening:
    """The first unit of what was heard; of what flows all, and whether more may come of it."""
    assert script.part is not None  # noqa: S101  # who asks has looked
    units = script.part().units(script.track.transport)
    for cue in script.cues[: script.prelude()]:
        units.feed(script.own, cue.unit.data)
    found = [unit for unit in units.feed(OTHER[script.own], heard) if unit.gist is not None]
    flow = list(itertools.takewhile(lambda unit: unit.flows, found))
    if flow:
        return run(flow), len(flow) == len(found)
    return (found[0] if found else None), False
