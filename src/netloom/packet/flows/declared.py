"""Declared: the patterns of all protocols, kept as data, so that looking at a capture imports no declaration."""

from __future__ import annotations

import functools
import os
from zlib import crc32

import msgspec

from netloom import registry, shapes
from netloom.packet.flows import names, recognise
from netloom.packet.flows.recognise import Known, Recogniser, patterns
from netloom.packet.kept import Kept

KEPT = Kept("patterns", b"netloom patterns 1\n", spare=4)


class Declared(msgspec.Struct, frozen=True):
    """Patterns, and the files that they were read from: each with when it was changed, and how long it is."""

    files: list[tuple[str, int, int]]
    known: list[Known]


@functools.cache
def recogniser() -> Recogniser:
    """All protocols' patterns."""
    return Recogniser(known(), lambda name, reference: registry.resolve(registry.protocol(name), reference))


def known() -> list[Known]:
    """The patterns of the declarations as they are now, told by time and size, as Python tells its compiled files."""
    files = _files()
    place = KEPT.place(f"{crc32(repr(files).encode()):08x}")
    data = KEPT.read(place)
    if data is not None:
        try:
            kept = msgspec.msgpack.decode(data, type=Declared)
        except msgspec.DecodeError:
            kept = None  # it is written anew
        if kept is not None and kept.files == files:
            return kept.known
    found = patterns(registry.protocols())
    KEPT.write(place, msgspec.msgpack.encode(Declared(files, found)))
    return found


def _files() -> list[tuple[str, int, int]]:
    """What the patterns depend on: every declaration, and how they become patterns."""
    places = [registry.place("protocols", name) for name in registry.names("protocols")]
    return [_told(place) for place in (recognise.__file__, names.__file__, shapes.__file__, *places) if place]


def _told(place: str) -> tuple[str, int, int]:
    told = os.stat(place)  # noqa: PTH116 - pathlib costs 2 ms
    return place, told.st_mtime_ns, told.st_size
