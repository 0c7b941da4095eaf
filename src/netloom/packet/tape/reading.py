"""Captures to tapes: packets put together, what TLS hid decrypted where its secrets are there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from netloom.packet.captures.steps import steps
from netloom.packet.flows.declared import recogniser
from netloom.packet.reading import Reading
from netloom.packet.stepwise import Stepwise
from netloom.packet.streams.defragment import Defragmenter
from netloom.packet.streams.naming import Naming
from netloom.packet.streams.reassembly import Reassembler
from netloom.packet.streams.secured import Secured
from netloom.packet.tape.archived import SUFFIX, tape_of
from netloom.packet.tape.collecting import LIMIT, Collector
from netloom.packet.tape.track import Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from netloom.packet.reading import Seen
    from netloom.packet.streams.events import Event, Stream


def _unwatched(done: int, whole: int) -> None:
    """Nobody asks how far it is."""


async def read_tape(
    paths: str | os.PathLike[str] | Sequence[str],
    *,
    limit: int = LIMIT,
    key_log: bytes = b"",
    progress: Callable[[int, int], None] = _unwatched,
) -> Tape:
    """What captures, or archives of HTTP, hold: `limit` octets of it at most.

    `key_log` has TLS secrets beside those in the file.

    What is damaged or can't be decrypted is told in the tape's notes. Raises UsageError for what can't be read at all.
    """
    files = [paths] if isinstance(paths, str | os.PathLike) else paths
    if all(os.fspath(file).endswith(SUFFIX) for file in files):
        return tape_of(files, limit)
    with (
        Reading(paths) as reading,
        Secured(lambda: key_log + reading.capture.secrets, needed=bool(key_log)) as secured,
    ):
        taping = _Taping(reading, secured, Collector(limit))
        async for position in steps(taping):
            progress(position, taping.size)
        tape = await taping.finish()
        notes = [str(note) for note in reading.notes]
        return Tape(tape.tracks, notes + secured.failed)


class _Taping(Stepwise[None]):
    """Bit by bit; what TLS hid comes when all has been read."""

    def __init__(self, reading: Reading, secured: Secured, collector: Collector) -> None:
        super().__init__(reading)
        self._secured = secured
        self._collector = collector
        self._fragments = Defragmenter()
        self._streams = Reassembler()
        self._naming = Naming(_choose, _unusual)

    def work(self) -> Iterator[list[None]]:
        for seen in self.reading.packets():
            if seen is None:
                yield []
            else:
                self._packet(seen)

    async def finish(self) -> Tape:
        """What is left of every stream, then what was inside TLS."""
        self._fragments.finish()
        for event in self._streams.finish():
            self._event(event)
        self._naming = Naming(_choose, lambda stream: self._secured.names.get(stream, ""))
        async for event in self._secured.decrypted():
            for name, named in self._naming.feed(event):
                self._collector.feed(name, named)
        return self._collector.tape()

    def _packet(self, seen: Seen) -> None:
        whole = self._fragments.add(seen.frame, seen.dissected)
        if whole is not None:
            frame, dissected = whole
            row = dissected.row
            for event in self._streams.add(row, frame.data[row.payload_at : row.payload_at + row.payload]):
                self._event(event)

    def _event(self, event: Event) -> None:
        for name, named in self._naming.feed(event):
            if not self._secured.feed(name, named):
                self._collector.feed(name, named)


def _choose(transport: str, sender: str, head: bytes) -> str:
    found = recogniser().find(transport, sender, head)
    return found.name if found is not None else ""


def _unusual(_: Stream) -> str:
    """A port says little of what was spoken there: whoever plays a tape says what it is."""
    return ""
