"""Merging: the frames of many captures in one, by time."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.captures.blocks import Told
from netloom.packet.captures.capture import CHUNK, Part, open_capture, open_part, size_of
from netloom.packet.captures.copying import Copy, Extras, form_of, refuse_itself
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from netloom.packet.captures.blocks import Block
    from netloom.packet.captures.capture import Note
    from netloom.packet.captures.record import Written

    Path_ = str | os.PathLike[str]

OPEN = 512
"""Files that are open at a time. More can be merged where their times don't all overlap."""
STEP = 4096
"""Frames between two moments in which somebody can stop it."""
_SMALL = 64 * 1024
_FEW = 16


class Merging:
    """One file from many, by time: of those frames that are next in each file, always the earliest.

    A frame without a time stays behind the one before it. Raises UsageError for what can't be read or written.
    """

    def __init__(self, paths: Sequence[Path_], target: Path_, *, overwrite: bool = False) -> None:
        refuse_itself(target, paths)
        self.size = open_capture(paths).size
        self._tracks = [_Track(number, path) for number, path in enumerate(paths)]
        self._chunk = CHUNK if len(paths) <= _FEW else _SMALL
        self._extras = Extras()
        self._copy = Copy(form_of(target, paths).create(target, overwrite=overwrite), self._extras)
        self._open = 0
        self._cancelled = False
        # A file is opened when its turn comes; which one is first is known of all only where they are few
        self._heap = [(track.peek() if len(paths) > OPEN else -1, track.number) for track in self._tracks]
        heapify(self._heap)

    @property
    def position(self) -> int:
        """Octets of the files that were read, to be compared with `size`."""
        return sum(track.position for track in self._tracks)

    @property
    def notes(self) -> list[Note]:
        """Where files are damaged."""
        return [note for track in self._tracks if (note := track.note) is not None]

    def step(self) -> bool:
        """Do some of it; whether there is more."""
        for _ in range(STEP):
            if not self._heap or self._cancelled:
                return False
            track = self._tracks[heappop(self._heap)[1]]
            self._advance(track)
        return True

    def _advance(self, track: _Track) -> None:
        if track.part is None:
            if self._open == OPEN:
                raise UsageError(f"more than {OPEN} captures of the same time", hint="merge some of them first")
            self._open += 1
            track.begin(self._chunk)
        elif track.frame is not None:
            self._copy.put(track.frame, track.part.reader.interfaces[track.frame.interface], track.number)
        if track.next(self._extras):
            heappush(self._heap, (track.time, track.number))
        else:
            track.end()
            self._open -= 1

    def cancel(self) -> None:
        """Stop, also what waits for octets, in any thread."""
        self._cancelled = True
        for track in self._tracks:
            if track.part is not None:
                track.part.source.cancel()

    def finish(self) -> list[Written]:
        """Close the files, and tell what was written."""
        self.close()
        return [self._copy.written()]

    def close(self) -> None:
        """Close all files; again does nothing."""
        for track in self._tracks:
            track.end()
        self._copy.writer.close()


class _Track:
    """One file, its next frame, and when that is due."""

    def __init__(self, number: int, path: Path_) -> None:
        self.number = number
        self.part: Part | None = None
        self.frame: Frame | None = None
        self.time = -1
        self.position = 0
        self.note: Note | None = None
        self._path = path
        self._blocks: Iterator[Block] = iter(())

    def peek(self) -> int:
        """When the first frame is due; -1 for what can't be read twice."""
        if size_of(self._path) is None:
            return -1
        part = open_part(self._path)
        try:
            frames = (block for block in part.blocks(_SMALL) if isinstance(block, Frame))
            first = next(frames, None)
        finally:
            part.close()
        return -1 if first is None or first.timestamp_ns is None else first.timestamp_ns

    def begin(self, chunk: int) -> None:
        self.part = Part(self._path, Told())
        self.part.open()
        self._blocks = self.part.blocks(chunk)

    def next(self, extras: Extras) -> bool:
        """Come to the next frame; whether there is one."""
        for block in self._blocks:
            if isinstance(block, Frame):
                self.frame = block
                self.time = self.time if block.timestamp_ns is None else block.timestamp_ns
                self._look()
                return True
            extras.hear(block)
        return False

    def _look(self) -> None:
        if self.part is not None:
            self.position = self.part.source.position
            self.note = self.part.note

    def end(self) -> None:
        self._look()
        if self.part is not None:
            self.part.close()
            self.part = None
        self._blocks = iter(())
        self.frame = None
