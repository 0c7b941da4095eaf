"""Small files that were read a moment ago: as long as a look at one says that it is the same, it isn't opened again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from netloom.contents.files.tree import Entry, Parts

SMALL = 64 << 10
"""Bytes of the largest file that is kept."""
TOTAL = 8 << 20
"""Bytes that are kept of all of them; what comes beyond makes room by forgetting everything."""
COUNT = 1024
SETTLED = 2.0
"""Seconds for which a file has to be as it is before it is kept: what is written later then bears another time."""
FRESH = 1.0
"""Seconds for which it is kept: a change that a mapping of the file makes may leave its times as they are."""

_State = tuple[int, int, int, int, int]
_Kept = tuple[_State, float, "Entry", bytes]


class Recent:
    """Entries and bytes by path."""

    def __init__(self) -> None:
        self._kept: dict[Parts, _Kept] = {}
        self._size = 0

    def __contains__(self, parts: Parts) -> bool:
        return parts in self._kept

    def get(self, parts: Parts, found: os.stat_result) -> tuple[Entry, bytes] | None:
        """What is kept of a path, if that is what `found` has been found to be at it just now."""
        kept = self._kept.get(parts)
        if kept is None:
            return None
        state, until, entry, data = kept
        if state == _state(found) and time.monotonic() < until:
            return entry, data
        del self._kept[parts]
        self._size -= len(data)
        return None

    def takes(self, found: os.stat_result) -> bool:
        """Whether a file in this state may be kept."""
        return found.st_size <= SMALL and time.time() - max(found.st_mtime, found.st_ctime) > SETTLED

    def put(self, parts: Parts, found: os.stat_result, entry: Entry, data: bytes) -> None:
        """Keep the bytes of a file that was in this state before they were read."""
        if len(self._kept) >= COUNT or self._size + len(data) > TOTAL:
            self._kept.clear()
            self._size = 0
        before = self._kept.get(parts)
        self._size += len(data) - (len(before[3]) if before is not None else 0)
        self._kept[parts] = (_state(found), time.monotonic() + FRESH, entry, data)


def _state(found: os.stat_result) -> _State:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
