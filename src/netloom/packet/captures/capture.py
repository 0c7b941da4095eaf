"""Capture: one file or many as one, read to the end or to where they are damaged."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import UsageError
from netloom.packet.captures.blocks import Damaged, Told
from netloom.packet.captures.pcap import MAGICS, PcapReader
from netloom.packet.captures.pcapng import PcapngReader
from netloom.packet.captures.record import DamagedFile
from netloom.packet.captures.source import Source
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from netloom.packet.captures.blocks import Block

    Path_ = str | os.PathLike[str]

CHUNK = 256 * 1024
"""Octets of a file that are read at a time."""
_BEGINNING = 16_384
_PCAPNG = b"\x0a\x0d\x0d\x0a"


class Note(Struct, frozen=True):
    """Where a file is damaged: from `byte` on (uncompressed), `frames` before it are kept; `what` is wrong."""

    name: str
    byte: int
    frames: int
    what: str

    def __str__(self) -> str:
        packets = "1 packet" if self.frames == 1 else f"{self.frames} packets"
        return f"{self.name} is damaged at byte {self.byte}: {self.what}; {packets} before it kept"

    def record(self) -> DamagedFile:
        """What an operation emits of it."""
        return DamagedFile(file=self.name, damaged=self.what, byte=self.byte, frames=self.frames)

    def error(self) -> Damaged:
        """What somebody raises who is strict."""
        return Damaged(self.name, self.what, self.byte)


class Part:
    """One file of a capture: its `source` gives octets, its `reader` knows blocks in them.

    Whoever walks through it counts `frames`, hands what it catches to `damaged`, and says by `ended` what was left.
    """

    def __init__(self, path: Path_, told: Told, *, follow: bool = False, strict: bool = False) -> None:
        self.source = Source(path, follow=follow)
        self.name = self.source.name
        self.frames = 0
        self.note: Note | None = None
        self._strict = strict
        self.reader: PcapReader | PcapngReader = PcapngReader(self.name, self.source, told)

    def open(self) -> None:
        """Find out what it is. Raises UsageError for what is no capture."""
        try:
            beginning = self.source.peek(4)
        except Damaged as error:
            self.damaged(error)
            return
        if beginning == _PCAPNG or self.source.cancelled:
            return
        if beginning not in MAGICS:
            from netloom.packet.captures.foreign import foreign

            raise foreign(self.name, self.source.peek(16))
        self.reader = reader = PcapReader(self.name, self.source)
        if self.source.ready:
            reader.settle(self._look_ahead())

    def _look_ahead(self) -> bytes:
        try:
            return self.source.peek(_BEGINNING)
        except Damaged:
            return b""  # whoever comes there will hear of it

    def damaged(self, error: Damaged) -> None:
        """Keep what came before the damage, and note it. Raises the error itself where reading is strict."""
        if self.note is None:
            self.note = Note(self.name, error.offset or 0, self.frames, error.what)
        if self._strict:
            raise error

    def ended(self, left: int) -> None:
        """No more octets come, and `left` of them are no whole block."""
        if left and self.note is None:
            place = self.source.given - left
            words = "packet" if self.reader.interfaces else "header"
            self.damaged(Damaged(self.name, f"it ends within a {words}", place))

    def blocks(self, chunk: int = CHUNK) -> Iterator[Block]:
        """All blocks, up to the end or where it is damaged; `chunk` octets are read at a time."""
        if self.note is not None:
            return
        try:
            for block in self._blocks(chunk):
                if block.__class__ is Frame:
                    self.frames += 1
                yield block
        except Damaged as error:
            self.damaged(error)

    def _blocks(self, chunk: int) -> Iterator[Block]:
        block, read_into = self.reader.block, self.source.read_into
        buffer = bytearray(chunk)
        view = memoryview(buffer)
        at = end = 0
        while True:
            read = block(view, at, end)
            if read is not None:
                made, at = read
                yield made
                continue
            left = end - at
            if left == len(buffer):  # a block fills it: what blocks may have bounds it
                buffer = bytearray(2 * len(buffer))
            fresh = memoryview(buffer)
            fresh[:left] = view[at:end]
            view, at, end = fresh, 0, left
            count = read_into(view[end:])
            if count == 0:
                self.ended(left)
                return
            end += count

    def close(self) -> None:
        """Close its file; again does nothing."""
        self.source.close()


class Capture:
    """Files as one capture, in the order given. Use it in `with`, or read it to its end.

    `secrets` (a TLS key log) and `names` (addresses to names) are what blocks have told so far, `drops` the frames that
    were lost when it was made, `notes` where files are damaged.
    """

    def __init__(self, paths: Sequence[Path_], *, follow: bool = False, strict: bool = False) -> None:
        if not paths:
            raise UsageError("no capture file is given")
        self.paths = list(paths)
        self._follow = follow
        self._strict = strict
        self._told = Told()
        self._done: list[Part] = []
        self._notes: list[Note] = []
        self._part: Part | None = None
        self._cancelled = False
        self._passed = 0
        self.size = sum(size_of(path) or 0 for path in self.paths)
        """Octets that the files have, as far as it is known."""

    @property
    def secrets(self) -> bytes:
        return bytes(self._told.secrets)

    @property
    def names(self) -> dict[str, str]:
        return dict(self._told.names)

    @property
    def drops(self) -> int:
        return self._told.drops

    @property
    def notes(self) -> list[Note]:
        current = self._part.note if self._part is not None else None
        return [*self._notes, current] if current is not None else list(self._notes)

    @property
    def position(self) -> int:
        """Octets of the files that were read, to be compared with `size`."""
        return self._passed + (self._part.source.position if self._part is not None else 0)

    def parts(self) -> Iterator[Part]:
        """The files, each opened when the one before it is done with. The last one is followed, if any."""
        for path in self.paths:
            if self._cancelled:
                return
            follow = self._follow and path is self.paths[-1]
            self._part = part = Part(path, self._told, follow=follow, strict=self._strict)
            try:
                if self._cancelled:
                    return
                part.open()
                yield part
            finally:
                self._close()

    def frames(self) -> Iterator[Frame]:
        """All frames of all files. Raises UsageError for a file that is no capture, Damaged only if it is strict."""
        for part in self.parts():
            for block in part.blocks():
                if isinstance(block, Frame):
                    yield block

    def cancel(self) -> None:
        """End: whoever waits for octets, in any thread, is at the end of the capture."""
        self._cancelled = True
        if self._part is not None:
            self._part.source.cancel()

    def _close(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.close()
            self._passed += part.source.position
            self._notes += [part.note] if part.note is not None else []

    def close(self) -> None:
        """Close what is open; again does nothing."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_capture(paths: Path_ | Sequence[Path_], *, follow: bool = False, strict: bool = False) -> Capture:
    """A capture of one file or many, `-` is standard input. Raises UsageError for one that isn't there.

    `follow` waits for more at the end of the last one; `strict` raises where a file is damaged.
    """
    several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    for path in several:
        if path != "-" and not os.path.exists(path):  # noqa: PTH110  # pathlib would take longer than a small capture
            raise UsageError(f"there is no file {os.fspath(path)}")
    return Capture(several, follow=follow, strict=strict)


def read(path: Path_) -> Iterator[Block]:
    """The blocks of one file, whole and sound: raises UsageError, and Damaged after what was whole."""
    part = open_part(path, strict=True)
    return _read(part)


def open_part(path: Path_, *, strict: bool = False) -> Part:
    """One file on its own. Raises UsageError for what can't be read, or is no capture."""
    part = Part(path, Told(), strict=strict)
    try:
        part.open()
    except BaseException:
        part.close()
        raise
    return part


def _read(part: Part) -> Iterator[Block]:
    try:
        yield from part.blocks()
    finally:
        part.close()


def parse(data: bytes, name: str = "the capture") -> Iterator[Block]:
    """The blocks of a file's octets, uncompressed. Raises UsageError, and Damaged after what was whole."""
    if data[:4] != _PCAPNG and data[:4] not in MAGICS:
        from netloom.packet.captures.foreign import foreign

        raise foreign(name, data)
    return _parse(data, PcapngReader(name) if data[:4] == _PCAPNG else PcapReader(name))


def _parse(data: bytes, reader: PcapReader | PcapngReader) -> Iterator[Block]:
    at = 0
    while (read := reader.block(data, at, len(data))) is not None:
        block, at = read
        yield block
    if at < len(data):
        raise Damaged(reader.name, "it ends within a block", at)


def size_of(path: Path_) -> int | None:
    """The octets of a file; None for what has no size, such as a pipe."""
    try:
        about = os.stat(path) if path != "-" else None  # noqa: PTH116
    except OSError:
        return None
    return about.st_size if about is not None and stat.S_ISREG(about.st_mode) else None
