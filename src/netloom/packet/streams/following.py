"""Following: packets to what was said on their streams, to what was carried, and to what TLS hid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.stepwise import Stepwise
from netloom.packet.streams.defragment import Defragmenter
from netloom.packet.streams.dialogue import Decoders, Dialogue
from netloom.packet.streams.events import Closed, Event, Finished, Reset
from netloom.packet.streams.naming import Choose, Naming, Usual
from netloom.packet.streams.reassembly import Reassembler
from netloom.packet.streams.record import Met
from netloom.packet.streams.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Iterator

    from netloom.packet.dissect import Dissected
    from netloom.packet.frame import Frame
    from netloom.packet.reading import Reading
    from netloom.packet.streams.archive import Archive
    from netloom.packet.streams.events import Stream
    from netloom.packet.streams.extraction import Extraction
    from netloom.packet.streams.secured import Secured
    from netloom.records import Record

_SECOND = 1_000_000_000

Keep = Callable[["Frame", "Dissected"], bool]


class Known(Struct, frozen=True, kw_only=True):
    """What is known of protocols, which nothing in here is: handed down by who may know them."""

    choose: Choose
    usual: Usual
    decoders: Decoders


class Following:
    """Takes packets one by one. `only` is the number of a stream, `keep` decides about packets that are whole."""

    def __init__(  # noqa: PLR0913  # what can be asked for
        self,
        known: Known,
        *,
        only: int | None = None,
        keep: Keep | None = None,
        octets: bool = False,
        extraction: Extraction | None = None,
        secured: Secured | None = None,
        archive: Archive | None = None,
    ) -> None:
        self.fragments = Defragmenter()
        self.streams = Reassembler()
        self._known = known
        self._only = only
        self._keep = keep
        self._extraction = extraction
        self._secured = secured
        self._archive = archive
        self._naming = Naming(known.choose, known.usual)
        self._dialogue = Dialogue(known.decoders, octets=octets)
        self._turns: Turns[tuple[str, Record]] = Turns()
        self._finished: set[tuple[Stream, str]] = set()
        self._told: Hashable = None

    def packet(self, frame: Frame, dissected: Dissected) -> Iterator[Record]:
        """What a packet brings about."""
        whole = self.fragments.add(frame, dissected)
        if whole is None or (self._keep is not None and not self._keep(*whole)):
            return
        frame, dissected = whole
        row = dissected.row
        payload = frame.data[row.payload_at : row.payload_at + row.payload]
        for event in self.streams.add(row, payload):
            yield from self._event(event)

    async def finish(self) -> AsyncIterator[Record]:
        """The end of the capture: what is left, then what TLS hid."""
        self.fragments.finish()
        for event in self.streams.finish():
            for record in self._event(event):
                yield record
        for record in self._heard(self._turns.finish()):
            yield record
        if self._secured is None:
            return
        self._naming = Naming(self._known.choose, self._usual_inside)
        async for event in self._secured.decrypted():
            for name, named in self._naming.feed(event):
                for record in self._tell(name, named):
                    yield record
        for record in self._heard(self._turns.finish()):
            yield record

    def _usual_inside(self, stream: Stream) -> str:
        before = self._secured.names.get(stream) if self._secured is not None else None
        return before or self._known.usual(stream)

    def _event(self, event: Event) -> Iterator[Record]:
        if self._only is not None and event.stream.number != self._only:
            return
        for name, named in self._naming.feed(event):
            if self._secured is None or not self._secured.feed(name, named):
                yield from self._tell(name, named)

    def _tell(self, name: str, event: Event) -> Iterator[Record]:
        stream = event.stream
        if self._archive is not None:
            self._archive.feed(event)
        for spoken in self._dialogue.feed(name, event):
            yield from self._heard(self._turns.put(stream, (name, spoken), event.time))
        for taken in self._extraction.feed(name, event) if self._extraction is not None else ():
            yield from self._heard(self._turns.put(stream, (name, taken), event.time))
        if self._ends(event):
            yield from self._heard(self._turns.end(stream))

    def _ends(self, event: Event) -> bool:
        """Whether a stream has no more to say, as far as can be seen."""
        stream = event.stream
        if isinstance(event, Closed):
            self._finished -= {(stream, "client"), (stream, "server")}
            return True
        if isinstance(event, Finished):
            self._finished.add((stream, event.sender))
            return {(stream, "client"), (stream, "server")} <= self._finished
        return isinstance(event, Reset)

    def _heard(self, things: list[tuple[Hashable, tuple[str, Record]]]) -> Iterator[Record]:
        """Records, with a heading where they are of another stream than those before."""
        for stream, (name, record) in things:
            if stream is not self._told:
                self._told = stream
                yield met(stream, name)  # type: ignore[arg-type]  # streams are what has turns here
            yield record


class Steps(Stepwise["Record"]):
    """Following what is read, bit by bit. The end of the capture isn't part of it."""

    def __init__(self, reading: Reading, following: Following) -> None:
        super().__init__(reading)
        self._following = following

    def work(self) -> Iterator[list[Record]]:
        found: list[Record] = []
        for seen in self.reading.packets():
            if seen is not None:
                found += self._following.packet(seen.frame, seen.dissected)
            else:
                yield found
                found = []


def met(stream: Stream, name: str) -> Met:
    """A stream's heading."""
    words = [f"{stream.client} → {stream.server}"]
    words += [f"inside {stream.inside.upper()}"] if stream.inside else []
    words += ["from the middle on"] if not stream.whole and stream.transport == "tcp" else []
    return Met(
        title=f"stream {stream.number} · {name or stream.transport}",
        text=" · ".join(words),
        stream=stream.number,
        transport=stream.transport,
        protocol=name,
        client=str(stream.client),
        server=str(stream.server),
        started=stream.started / _SECOND,
        whole=stream.whole,
        inside=stream.inside,
    )
