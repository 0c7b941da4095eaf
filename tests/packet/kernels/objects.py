"""Object files of single kernels, compiled for a test."""

from __future__ import annotations

import struct
from unittest import mock

from netloom.packet.kernels import compiled
from netloom.packet.kernels.entries import ENTRIES


def objects(*names: str) -> list[tuple[str, str, bytes]]:
    """Each with its kernel's name and its symbol."""
    with mock.patch.object(compiled, "ENTRIES", {name: ENTRIES[name] for name in names}):
        return [(one.name, one.symbol, one.code) for one in compiled.build()]


def relocations(code: bytes) -> list[int]:
    """Where those of an object file's code stand."""
    place, each, count = (struct.unpack_from(form, code, at)[0] for form, at in (("<Q", 40), ("<H", 58), ("<H", 60)))
    found = []
    for number in range(count):
        _, kind, _, _, start, size, _, about, _, _ = struct.unpack_from("<IIQQQQIIQQ", code, place + each * number)
        flags = struct.unpack_from("<Q", code, place + each * about + 8)[0]
        if kind == 4 and flags & 4:  # of what is executed
            found += list(range(start, start + size, 24))
    return found
