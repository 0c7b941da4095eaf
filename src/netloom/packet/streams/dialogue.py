"""Streams to words, by passive decoders that are handed down; what none of them knows as octets in hexadecimal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netloom.packet.streams.events import Closed, Data, Event, Gap, Reset
from netloom.packet.streams.record import Spoken
from netloom.records import Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.streams.events import Stream
    from netloom.shapes import Decoder

SHOWN = 256
"""Octets of one piece that are shown where no decoder knows it."""
_ROW = 16
_SECOND = 1_000_000_000

Decoders = Callable[[str], "Decoder | None"]
"""A new decoder for a protocol's name; None where there is none."""


class Dialogue:
    """One decoder a stream. `octets`: everything is shown as octets, and to its end."""

    def __init__(self, decoders: Decoders, *, octets: bool = False) -> None:
        self._new = decoders
        self._octets = octets
        self._decoders: dict[Stream, Decoder | None] = {}

    def feed(self, name: str, event: Event) -> Iterator[Spoken]:
        """What an event says, on a stream of this protocol."""
        stream = event.stream
        if isinstance(event, Closed):
            self._decoders.pop(stream, None)
        elif isinstance(event, Gap):
            why = "not captured" if event.reason == "cut" else "missing"
            words = f"… {event.size} bytes {why} …"
            yield _spoken(event, Said(sender=event.sender, words=words, size=event.size), "gap")
        elif isinstance(event, Reset):
            yield _spoken(event, Said(sender=event.sender, words="… the connection is reset …"), "reset")
        elif isinstance(event, Data):
            if stream not in self._decoders:
                self._decoders[stream] = None if self._octets else self._new(name)
            decoder = self._decoders[stream]
            if decoder is None:
                yield from self._hexadecimal(event)
                return
            for said in decoder.feed(event.sender, event.data):
                yield _spoken(event, said)

    def _hexadecimal(self, event: Data) -> Iterator[Spoken]:
        end = len(event.data) if self._octets else min(len(event.data), SHOWN)
        for at in range(0, end, _ROW):
            row = event.data[at : min(at + _ROW, end)]
            words = hexadecimal(event.offset + at, row)
            yield _spoken(event, Said(sender=event.sender, words=words, size=len(row)), data=row)
        if end < len(event.data):
            left = len(event.data) - end
            yield _spoken(event, Said(sender=event.sender, words=f"… and {left} bytes more", size=left))


def hexadecimal(offset: int, row: bytes) -> str:
    """Up to 16 octets: where they stand, in hexadecimal, and as text where they are."""
    first, second = row[:8].hex(" "), row[8:].hex(" ")
    text = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
    return f"{offset:08x}  {first:23}  {second:23}  {text}"


def _spoken(event: Event, said: Said, kind: str = "said", data: bytes | None = None) -> Spoken:
    return Spoken(
        sender=said.sender,
        words=said.words,
        size=said.size,
        stream=event.stream.number,
        time=event.time / _SECOND,
        event=kind,
        data=data,
    )
