"""Scripts: a track as one side plays it, cue by cue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from netloom.packet.streams.events import CLIENT, OTHER, SERVER, Place
from netloom.packet.tape.part import Part, Unit, Units, run
from netloom.packet.tape.track import SAID, Step, Track
from netloom.shapes import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

Match = Literal["exact", "loose", "none"]
Further = Callable[[Place, int], Track | None]
"""The connection that is named by a place at a time; nothing where it wasn't recorded."""


class Knowledge(Struct, frozen=True):
    """What is known of a track's protocol: its part in replaying, and its decoder, where it has them."""

    part: Callable[[], Part] | None = None
    decoder: Callable[[], Decoder] | None = None


class Cue(Struct, frozen=True):
    """One thing to do or to wait for. Its unit is empty where nothing is said.

    `step` is where the recording has the end of it, `offset` what its side said before, in octets. `beside` is a
    further connection that is named here.
    """

    unit: Unit
    step: Step
    offset: int = 0
    beside: Script | None = None

    @property
    def sender(self) -> str:
        return self.step.sender

    @property
    def act(self) -> str:
        return self.step.act


class Script(Struct, frozen=True, eq=False):
    """A track as the `own` side of it plays it."""

    track: Track
    own: str
    match: Match
    cues: list[Cue]
    knowledge: Knowledge

    @property
    def part(self) -> Callable[[], Part] | None:
        """How the peer's speech is split as it is heard; nothing where it is compared octet by octet."""
        return self.knowledge.part if self.match != "exact" else None

    def prelude(self) -> int:
        """How many cues are ours before the peer has to say anything."""
        return next((n for n, cue in enumerate(self.cues) if cue.sender != self.own), len(self.cues))


def write_script(
    track: Track, own: str, match: Match, knowledge: Knowledge, further: Further = lambda _place, _time: None
) -> Script:
    """The script of a track for one side. `further` gives the connections that are named in it."""
    part = knowledge.part() if knowledge.part is not None else None
    found = _flowing(_in_units(track, own, part)) if part is not None else _in_turns(track, own)
    cues: list[Cue] = []
    offsets = {CLIENT: 0, SERVER: 0}
    for unit, step in found:
        if unit.gist is not None or step.act != SAID or match == "exact":
            place = part.place(unit) if part is not None else None
            named = further(place, step.time) if place is not None else None
            # Who names a place waits there: for this connection it is the server
            role = SERVER if unit.sender == own else CLIENT
            beside = write_script(named, role, match, Knowledge()) if named is not None else None
            cues.append(Cue(unit, step, offsets[unit.sender], beside))
        offsets[unit.sender] += len(unit.data)
    return Script(track, own, match, cues, knowledge)


def _in_units(track: Track, own: str, part: Part) -> Iterator[tuple[Unit, Step]]:
    """The peer's speech unit by unit; ours, too, where something of it may have to be changed."""
    units = part.units(track.transport)
    split = {OTHER[own], *part.adapts}
    last: dict[str, Step] = {}
    for step in track.steps:
        sender = step.sender
        if step.act != SAID:
            yield from _rest(units, sender, own, last)
            yield Unit(sender, b"", None), step
            continue
        last[sender] = step
        found = units.feed(sender, step.data)
        for unit in found if sender in split else [Unit(own, step.data, "")]:
            yield unit, step
    if own in split:
        yield from _rest(units, own, own, last)


def _flowing(found: Iterator[tuple[Unit, Step]]) -> Iterator[tuple[Unit, Step]]:
    """What flows is one until somebody does something else."""
    flow: list[tuple[Unit, Step]] = []
    for unit, step in found:
        goes_on = unit.flows or (unit.gist is None and step.act == SAID)
        if flow and not (goes_on and unit.sender == flow[0][0].sender):
            yield run([unit for unit, _ in flow]), flow[-1][1]
            flow = []
        if flow or unit.flows:
            flow.append((unit, step))
        else:
            yield unit, step
    if flow:
        yield run([unit for unit, _ in flow]), flow[-1][1]


def _rest(units: Units, sender: str, own: str, last: dict[str, Step]) -> Iterator[tuple[Unit, Step]]:
    """What isn't whole can be said, but not waited for."""
    data = units.rest(sender)
    if data and sender == own:
        yield Unit(sender, data, ""), last[sender]


def _in_turns(track: Track, own: str) -> Iterator[tuple[Unit, Step]]:
    """The peer's speech as a whole, each time; ours in its pieces. Datagrams are kept apart."""
    waiting: list[Step] = []
    for step in track.steps:
        if waiting and (step.act != SAID or step.sender == own):
            yield _joined(waiting)
            waiting = []
        if step.act == SAID and step.sender == OTHER[own] and track.transport == "tcp":
            waiting.append(step)
        else:
            yield plain(step.sender, step.data), step
    if waiting:
        yield _joined(waiting)


def plain(sender: str, data: bytes) -> Unit:
    """What nobody knows how to read: it is the same where all of it is."""
    return Unit(sender, data, data.decode("latin-1"))


def _joined(steps: list[Step]) -> tuple[Unit, Step]:
    return plain(steps[0].sender, b"".join(step.data for step in steps)), steps[0]
