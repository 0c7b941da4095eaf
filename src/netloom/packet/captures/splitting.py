"""Splitting: a capture's frames into many files, by number, size and time, or by who talks to whom."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.captures.capture import open_capture
from netloom.packet.captures.copying import Copy, Extras, form_of, refuse_itself
from netloom.packet.captures.output import ENCODERS
from netloom.packet.captures.sorting import Keys, Numbers, Rule
from netloom.packet.captures.writer import SUFFIXES
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from netloom.packet.captures.blocks import Interface
    from netloom.packet.captures.capture import Note, Part
    from netloom.packet.captures.record import Written

    Path_ = str | os.PathLike[str]

STEP = 1024
"""Frames between two moments in which somebody can stop it."""


class Splitting:
    """Many files from a capture of one or more. Raises UsageError for what can't be read or written.

    Files have the target's name with a number or a key before its suffix. `done` are those that are finished.
    """

    def __init__(self, paths: Sequence[Path_], target: Path_, rule: Rule, *, overwrite: bool = False) -> None:
        self._capture = open_capture(paths)
        self.size = self._capture.size
        self._paths = paths
        self._names = _Names(target)
        self._form = form_of(target, paths)
        self._overwrite = overwrite
        self._extras = Extras()
        self._rule = rule
        self._sort = Keys(rule, self._create) if rule.by else Numbers(rule, self._create)
        self._frames = self._walk()

    @property
    def position(self) -> int:
        """Octets of the files that were read, to be compared with `size`."""
        return self._capture.position

    @property
    def notes(self) -> list[Note]:
        """Where files are damaged."""
        return self._capture.notes

    def _create(self, key: str) -> Copy:
        path = self._names.path(key, self._form.kind)
        refuse_itself(path, self._paths)
        return Copy(self._form.create(path, overwrite=self._overwrite), self._extras, key if self._rule.by else "")

    def _walk(self) -> Iterator[tuple[Frame, Interface, int]]:
        for number, part in enumerate(self._capture.parts()):
            yield from self._walk_part(part, number)

    def _walk_part(self, part: Part, number: int) -> Iterator[tuple[Frame, Interface, int]]:
        for block in part.blocks():
            if isinstance(block, Frame):
                yield block, part.reader.interfaces[block.interface], number
            else:
                self._extras.hear(block)

    def step(self) -> bool:
        """Do some of it; whether there is more."""
        count = 0
        for count, found in enumerate(islice(self._frames, STEP), 1):  # noqa: B007 - how many there were
            self._sort.put(*found)
        return count == STEP

    def taken(self) -> list[Written]:
        """What was finished since this was asked last."""
        return self._sort.taken()

    def cancel(self) -> None:
        """Stop, also what waits for octets, in any thread."""
        self._capture.cancel()

    def finish(self) -> list[Written]:
        """Close all files, and tell what wasn't told yet."""
        self.close()
        return self._sort.taken()

    def close(self) -> None:
        """Close all files; again does nothing."""
        self._capture.close()
        self._sort.close()


class _Names:
    """The names of files: the target's, with something before its suffixes."""

    def __init__(self, target: Path_) -> None:
        place = Path(target)
        if target == "-" or not place.name:
            raise UsageError("many files need a name to begin with", hint="such as parts/part.pcapng")
        if not place.parent.is_dir():
            raise UsageError(f"there is no folder {place.parent}")
        packed = place.suffix if place.suffix in ENCODERS else ""
        bare = place.with_suffix("") if packed else place
        self._suffix = bare.suffix if bare.suffix.lower() in SUFFIXES else ""
        self._packed = packed
        self._bare = bare.with_suffix("") if self._suffix else bare

    def path(self, key: str, kind: str) -> Path:
        return self._bare.with_name(f"{self._bare.name}-{key}{self._suffix or f'.{kind}'}{self._packed}")
