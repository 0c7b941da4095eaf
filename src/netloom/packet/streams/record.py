"""What following streams emits."""

from __future__ import annotations

from netloom.records import Note, Record, Said


class Met(Note, frozen=True, kw_only=True):
    """The stream whose words follow. It comes again where others came between.

    `started` in Unix seconds. `whole`: its beginning was seen. `inside`: tls, where its octets were decrypted.
    """

    stream: int
    transport: str
    protocol: str
    client: str
    server: str
    started: float
    whole: bool
    inside: str = ""


class Spoken(Said, frozen=True, kw_only=True):
    """One thing that was said on a stream. `time` in Unix seconds; `data` are the octets where no decoder knows them.

    `event` is said, or gap or reset, which are told in words, too.
    """

    stream: int
    time: float
    event: str = "said"
    data: bytes | None = None


class Taken(Record, frozen=True, kw_only=True):
    """Something that was carried: a body, a mail, a file.

    `sha256` is of all `size` octets, of which `missing` were never seen and stand as zeros. `saved_to` is empty where
    it wasn't saved; `note` says why, or what was done to it.
    """

    stream: int
    time: float
    protocol: str
    sender: str
    name: str
    kind: str
    size: int
    sha256: str
    complete: bool
    missing: int = 0
    saved_to: str = ""
    note: str = ""


class Archived(Note, frozen=True, kw_only=True):
    """A file that was written with so many exchanges of HTTP."""

    file: str
    exchanges: int
