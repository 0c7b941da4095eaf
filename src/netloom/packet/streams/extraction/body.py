"""One thing that is taken out: its octets as they come, hashed, and saved where there is a folder for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.streams.record import Taken

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.extraction.folder import Folder

HOLE = 16 << 20
"""Octets of a gap that are made up for by zeros; after a larger one it isn't gone on with."""
ZEROS = bytes(64 * 1024)
MAIL = "message/rfc822"
_GATHERED = 8 * 1024
_HEAD = 8 * 1024
_SECOND = 1_000_000_000

Subject = Callable[[bytes], str]
"""The subject of a mail by its first octets."""


class About(Struct, frozen=True, kw_only=True):
    """What is known of something when it begins."""

    protocol: str
    sender: str
    name: str
    kind: str = ""
    note: str = ""


class Body:
    """Takes octets and holes. A mail's name is its subject, as soon as that is known."""

    def __init__(self, about: About, folder: Folder | None, subject: Subject) -> None:
        self.about = about
        self.size = 0
        self.missing = 0
        self._notes = [about.note] if about.note else []
        self._hash = hashlib.sha256()
        self._folder = folder
        self._subject = subject
        self._file = ""
        self._saved_to = ""
        self._gathered = bytearray()
        self._head = bytearray()

    def write(self, event: Event, data: bytes) -> None:
        """The next octets, which an event brought. UsageError if they can't be saved."""
        self.size += len(data)
        self._hash.update(data)
        if self.about.kind == MAIL and len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        if self._folder is not None:
            self._gathered += data
            if len(self._gathered) >= _GATHERED:
                self._save(event, self._folder)

    def hole(self, event: Event, size: int) -> None:
        """So many octets that nobody saw."""
        self.missing += size
        while size:
            piece = ZEROS[:size]
            self.write(event, piece)
            size -= len(piece)

    def end(self, event: Event, *, complete: bool, note: str = "") -> Taken:
        """No more comes."""
        if self._folder is not None:
            self._save(event, self._folder)
        return Taken(
            stream=event.stream.number,
            time=event.time / _SECOND,
            protocol=self.about.protocol,
            sender=self.about.sender,
            name=self._subject(bytes(self._head)) or self.about.name if self.about.kind == MAIL else self.about.name,
            kind=self.about.kind,
            size=self.size,
            sha256=self._hash.hexdigest(),
            complete=complete and not self.missing,
            missing=self.missing,
            saved_to=self._saved_to,
            note="; ".join([*self._notes, *([note] if note else [])]),
        )

    def _save(self, event: Event, folder: Folder) -> None:
        if not self._file:
            self._file = folder.create(event.stream.number, self.about.name)
            self._saved_to = str(folder.path / self._file) if self._file else ""
        if not self._file:
            self._notes.append("not saved: there are too many files")
            self._folder = None
        elif self._gathered and not folder.append(self._file, bytes(self._gathered)):
            self._notes.append("not saved to its end: that would be more than may be written")
            self._folder = None
        self._gathered.clear()


class Shelf:
    """Where bodies go: a folder, or nowhere, where only their hashes are wanted."""

    def __init__(self, subject: Subject, folder: Folder | None = None) -> None:
        self._subject = subject
        self._folder = folder

    def begin(self, about: About) -> Body:
        """A body that begins."""
        return Body(about, self._folder, self._subject)
