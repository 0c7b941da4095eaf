"""What is spoken on each stream, decided by its first octets; whoever asks is handed events with a protocol's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from netloom.packet.streams.events import OTHER, Closed, Data, Event, Finished, Gap, Reset

if TYPE_CHECKING:
    from netloom.packet.streams.events import Stream

HEAD = 4096
"""Octets of a stream after which what isn't recognised won't be."""
PIECES = 16

Choose = Callable[[str, str, bytes], str]
"""The protocol of first octets: asked with the transport, the sender and what it said; nothing where it isn't known."""
Usual = Callable[["Stream"], str]
"""The protocol that is usual for a stream's ports, where its octets don't tell."""


class _Undecided(Struct, eq=False):
    """What waits until a stream's protocol is known."""

    events: list[Event] = []
    heads: dict[str, bytes] = {}
    octets: int = 0
    pieces: int = 0


class Naming:
    """Takes events, gives them back with the name of their protocol; those of an undecided stream wait for it.

    Where a stream's beginning wasn't seen and the octets say so, client and server change places.
    """

    def __init__(self, choose: Choose, usual: Usual) -> None:
        self._choose = choose
        self._usual = usual
        self._names: dict[Stream, str] = {}
        self._undecided: dict[Stream, _Undecided] = {}
        self._turned: set[Stream] = set()

    def feed(self, event: Event) -> list[tuple[str, Event]]:
        """One event."""
        stream = event.stream
        if stream in self._turned:
            event = _turned(event)
        name = self._names.get(stream)
        if name is None:
            return self._wait(stream, event)
        if isinstance(event, Closed):
            self._forget(stream)
        return [(name, event)]

    def _wait(self, stream: Stream, event: Event) -> list[tuple[str, Event]]:
        waiting = self._undecided.setdefault(stream, _Undecided())
        waiting.events.append(event)
        name = self._look(waiting, event) if isinstance(event, Data) else ""
        full = waiting.octets >= HEAD or waiting.pieces >= PIECES
        if not name and not full and not isinstance(event, Finished | Reset | Closed):
            return []
        self._names[stream] = name = name or self._usual(stream)
        del self._undecided[stream]
        if isinstance(event, Closed):
            self._forget(stream)
        return [(name, waited) for waited in waiting.events]

    def _look(self, waiting: _Undecided, event: Data) -> str:
        stream, sender = event.stream, event.sender
        head = event.data if stream.transport == "udp" else waiting.heads.get(sender, b"") + event.data
        waiting.heads[sender] = head[:HEAD]
        waiting.octets += len(event.data)
        waiting.pieces += 1
        name = self._choose(stream.transport, sender, head)
        if name or stream.whole:
            return name
        name = self._choose(stream.transport, OTHER[sender], head)
        if name:
            stream.client, stream.server = stream.server, stream.client
            stream.counts = {OTHER[side]: counts for side, counts in stream.counts.items()}
            self._turned.add(stream)
            waiting.events = [_turned(waited) for waited in waiting.events]
        return name

    def _forget(self, stream: Stream) -> None:
        self._names.pop(stream, None)
        self._turned.discard(stream)


def _turned(event: Event) -> Event:
    if isinstance(event, Data | Gap | Finished | Reset):
        return msgspec.structs.replace(event, sender=OTHER[event.sender])
    return event
