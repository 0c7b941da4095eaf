"""From what happened on streams to a tape, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.streams.events import CLIENT, SERVER, Data, Finished, Gap, Reset, Stream
from netloom.packet.tape.track import END, RESET, SAID, SECURE, Step, Tape, Track

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event

LIMIT = 256 << 20
"""Octets of all that a tape holds, unless something else is said."""
TOGETHER = 1_000_000
"""Nanoseconds between two pieces of a stream that were said in one go."""
PIECE = 1 << 16
"""Octets of a stream that are kept together."""
_CHUNK, _STEP = 64, 448
"""Octets that keeping a piece takes besides its own, and keeping one apart."""
_SECOND = 1e9


class _Draft(Struct, eq=False):
    """A step that may still grow."""

    sender: str
    time: int
    act: str = SAID
    chunks: list[bytes] = []
    size: int = 0
    last: int = 0


class _Collected(Struct, eq=False):
    """A stream so far."""

    stream: Stream
    protocol: str
    drafts: list[_Draft] = []
    flaw: str = ""


class Collector:
    """Takes events with the names of their protocols. What is beyond `limit` octets isn't kept, and that is told."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._held = 0
        self._streams: dict[tuple[int, str], _Collected] = {}

    def feed(self, protocol: str, event: Event) -> None:
        """One event."""
        stream = event.stream
        key = stream.number, stream.inside
        if key not in self._streams:
            self._streams[key] = _Collected(stream, protocol)
        known = self._streams[key]
        if known.flaw:
            return
        if isinstance(event, Data):
            self._say(known, event)
        elif isinstance(event, Gap):
            self._miss(known, event)
        elif isinstance(event, Finished | Reset):
            known.drafts.append(_Draft(event.sender, event.time, END if isinstance(event, Finished) else RESET))

    def tape(self) -> Tape:
        """What was collected. What was said before TLS began, as with STARTTLS, and in it is one track."""
        tracks = []
        hidden = {number for number, inside in self._streams if inside}
        for (number, inside), known in self._streams.items():
            if not inside and number in hidden:
                continue
            drafts = known.drafts
            outer = self._streams.get((number, "")) if inside else None
            started = outer.stream.started if outer is not None else known.stream.started
            if outer is not None and outer.drafts and drafts:
                drafts = [*outer.drafts, _Draft(CLIENT, drafts[0].time, SECURE), *drafts]
            if drafts:
                secured = bool(inside) and drafts is known.drafts
                tracks.append(_track(known, drafts, started, secured=secured))
        return Tape(sorted(tracks, key=lambda track: (track.started, track.number)))

    def _say(self, known: _Collected, event: Data) -> None:
        if not event.data:
            return
        last = known.drafts[-1] if known.drafts else None
        goes_on = (
            last is not None
            and known.stream.transport == "tcp"
            and (last.sender, last.act) == (event.sender, SAID)
            and event.time - last.last <= TOGETHER
            and last.size + len(event.data) <= PIECE
        )
        self._held += len(event.data) + _CHUNK + (0 if goes_on else _STEP)
        if self._held > self._limit:
            known.flaw = f"no more than {self._limit} bytes of the recording are kept"
            return
        if last is None or not goes_on:
            last = _Draft(event.sender, event.time)
            known.drafts.append(last)
        last.chunks.append(event.data)
        last.size += len(event.data)
        last.last = event.time

    def _miss(self, known: _Collected, event: Gap) -> None:
        """From here on nothing is certain; of a datagram that was cut not even what is there."""
        if event.reason == "cut" and known.drafts and known.drafts[-1].sender == event.sender:
            known.drafts.pop()
        known.flaw = f"{event.size} bytes of the {event.sender}'s are missing after its first {event.offset}"


def _track(known: _Collected, drafts: list[_Draft], started: int, *, secured: bool) -> Track:
    stream = known.stream
    flaw = known.flaw
    if not flaw and not stream.whole and stream.transport == "tcp":
        flaw = "its beginning isn't in the recording"
    return Track(
        number=stream.number,
        transport=stream.transport,
        protocol=known.protocol,
        client=stream.client,
        server=stream.server,
        started=started,
        steps=_steps(drafts),
        secured=secured,
        flaw=flaw,
    )


def _steps(drafts: list[_Draft]) -> list[Step]:
    steps: list[Step] = []
    offsets = {CLIENT: 0, SERVER: 0}
    turn, speaker, before = 0, "", drafts[0].time
    for draft in drafts:
        if draft.act == SAID and draft.sender != speaker:
            turn, speaker = turn + 1, draft.sender
        pause = max(0, draft.time - before) / _SECOND
        before = max(draft.time, draft.last)
        data = b"".join(draft.chunks)
        steps.append(Step(draft.sender, draft.time, pause, data, draft.act, offsets[draft.sender], max(turn, 1)))
        offsets[draft.sender] += len(data)
    return steps
