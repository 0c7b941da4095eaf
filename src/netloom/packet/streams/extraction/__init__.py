"""Extraction: bodies, mails and files that streams carried, with their hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netloom.packet.streams.events import Closed, Data, Event, Finished, Gap, Opened, Reset
from netloom.packet.streams.extraction.ftp import Control, Expectations
from netloom.packet.streams.extraction.imap import Imap
from netloom.packet.streams.extraction.pop3 import Pop3
from netloom.packet.streams.extraction.smtp import Smtp
from netloom.packet.streams.extraction.tftp import Tftp
from netloom.packet.streams.extraction.web import Web, speaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.streams.events import Stream
    from netloom.packet.streams.extraction.body import Shelf
    from netloom.packet.streams.record import Taken

WEB = frozenset(("http", "ws", "sse", "socketio", "rdap"))
"""Protocols that are HTTP, or begin as it."""


class Extractor(Protocol):
    """Follows one stream; gives what an event completes."""

    def data(self, event: Data) -> list[Taken]: ...
    def gap(self, event: Gap) -> list[Taken]: ...
    def ends(self, event: Finished | Reset | Closed) -> list[Taken]: ...


_MAIL: dict[str, Callable[[Shelf], Extractor]] = {"smtp": Smtp, "pop3": Pop3, "imap": Imap}


class Extraction:
    """All streams."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._expected = Expectations()
        self._extractors: dict[Stream, Extractor | None] = {}

    def feed(self, name: str, event: Event) -> list[Taken]:
        """What an event completes, on a stream of this protocol."""
        stream = event.stream
        if isinstance(event, Opened):
            found = self._expected.find(stream, self._shelf)
            if found is not None:
                self._extractors[stream] = found
        if isinstance(event, Data) and stream not in self._extractors:
            self._extractors[stream] = self._extractor(name, event)
        extractor = self._extractors.get(stream)
        taken: list[Taken] = []
        if extractor is None:
            pass
        elif isinstance(event, Data):
            taken = extractor.data(event)
        elif isinstance(event, Gap):
            taken = extractor.gap(event)
        elif isinstance(event, Finished | Reset | Closed):
            taken = extractor.ends(event)
        if isinstance(event, Closed):
            self._extractors.pop(stream, None)
        return taken

    def _extractor(self, name: str, event: Data) -> Extractor | None:
        stream = event.stream
        if name == "ftp":
            return Control(stream, self._expected)
        if name in _MAIL:
            return _MAIL[name](self._shelf)
        if name == "tftp":
            return Tftp(self._shelf)
        return Web(self._shelf) if stream.transport == "tcp" and (name in WEB or speaks(event)) else None
