"""Source: a capture's octets from a file, a pipe or standard input, decompressed as they are needed."""

from __future__ import annotations

import os
import select
import stat
import sys
from io import BytesIO, FileIO
from typing import TYPE_CHECKING, BinaryIO

from netloom.errors import UsageError
from netloom.packet.captures.blocks import Damaged
from netloom.packet.captures.unpack import COMPRESSED, unpacked

if TYPE_CHECKING:
    from netloom.packet.captures.unpack import Unpacked

GROWING = 0.1
"""Seconds after which a file that ended is looked at again, where it is followed."""
_PIPE = 65_536


class Source:
    """Gives a capture's octets. `follow`: where the file ends, wait for more, until `cancel`.

    `given` counts octets that were handed out, `position` those that were taken from the file: fewer, where it is
    compressed. `size` is the file's, None where it has none. UsageError if it can't be read.
    """

    def __init__(self, path: str | os.PathLike[str], *, follow: bool = False) -> None:
        self.name = "standard input" if path == "-" else os.fspath(path)
        self.given = 0
        self.compression = ""
        self._file = File(path, self.name, follow=follow)
        self._follow = follow
        self._looked = False
        self._beginning = b""
        self._unpacked: Unpacked | None = None

    def _look(self) -> None:
        """Find out by the first octets whether it is compressed."""
        self._looked = True
        beginning = self._file.read(_PIPE if self._file.waits else 8)
        while len(beginning) < 8 and (more := self._file.read(8)):
            beginning += more
        for magic, kind in COMPRESSED.items():
            if beginning.startswith(magic):
                self.compression = kind
                self._unpacked = unpacked(kind, self.name, beginning, self._file.read)
                return
        self._beginning = beginning

    @property
    def size(self) -> int | None:
        return self._file.size

    @property
    def position(self) -> int:
        return self._file.position

    @property
    def ready(self) -> bool:
        """Whether it is a file that is there as a whole, so that more of it can be looked at without waiting."""
        return not self._file.waits and not self._follow

    @property
    def cancelled(self) -> bool:
        return self._file.cancelled

    def peek(self, count: int) -> bytes:
        """The first octets, `count` of them at most, which are still to be given. Raises UsageError, Damaged."""
        if not self._looked:
            self._look()
        while len(self._beginning) < count:
            more = bytearray(count - len(self._beginning))
            size = self._take(memoryview(more))
            if size == 0:
                break
            self._beginning += more[:size]
        return self._beginning[:count]

    def read_into(self, buffer: bytearray | memoryview) -> int:
        """Fill a buffer with what there is, one octet at least; 0 at the end. Raises UsageError, Damaged."""
        view = memoryview(buffer)
        if not self._looked:
            self._look()
        if self._beginning:
            size = min(len(view), len(self._beginning))
            view[:size] = self._beginning[:size]
            self._beginning = self._beginning[size:]
        else:
            size = self._take(view)
        self.given += size
        return size

    def _take(self, view: memoryview) -> int:
        return self._file.read_into(view) if self._unpacked is None else self._unpacked.read_into(view)

    def cancel(self) -> None:
        """Wait no longer: what waits in `read_into`, in any thread, and whoever comes later, is at the end."""
        self._file.cancel()

    def close(self) -> None:
        """Close the file; again does nothing."""
        self._file.close()


class File:
    """Octets as they stand in a file, or come from a pipe. It is the only one that waits."""

    def __init__(self, path: str | os.PathLike[str], name: str, *, follow: bool) -> None:
        self.position = 0
        self.size: int | None = None
        self._name = name
        self._follow = follow
        self.cancelled = False
        self._wake: tuple[int, int] | None = None
        self._raw: BinaryIO | FileIO = self._open(path)
        self._poll = select.poll()
        if self.waits or follow:
            self._wake = os.pipe()
            self._poll.register(self._wake[0], select.POLLIN)
            if self.waits:
                self._poll.register(self._raw, select.POLLIN)

    def _open(self, path: str | os.PathLike[str]) -> BinaryIO | FileIO:
        self.waits = False
        try:
            if path == "-":
                return self._standard_input()
            raw = FileIO(path, "rb", opener=_opened)
        except OSError as error:
            raise UsageError(f"{self._name} can't be read: {error.strerror}") from error
        self._settle(raw)
        return raw

    def _settle(self, raw: FileIO) -> None:
        about = os.fstat(raw.fileno())
        self.waits = not stat.S_ISREG(about.st_mode)
        self.size = about.st_size if stat.S_ISREG(about.st_mode) else None

    def _standard_input(self) -> BinaryIO | FileIO:
        if sys.stdin is None:
            raise UsageError("there is no standard input")
        try:
            raw = FileIO(sys.stdin.fileno(), "rb", closefd=False)
        except (OSError, ValueError):  # something in memory stands in for it
            self._follow = False
            return BytesIO(sys.stdin.buffer.read())
        self._settle(raw)
        return raw

    def read(self, size: int) -> bytes:
        """As `read_into`."""
        buffer = bytearray(size)
        count = self.read_into(memoryview(buffer))
        return bytes(buffer[:count])

    def read_into(self, view: memoryview) -> int:
        """One octet at least, 0 at the end."""
        while not self.cancelled:
            if self.waits and not self._wait(None):
                break
            try:
                count = self._raw.readinto(view)  # type: ignore[union-attr]  # BytesIO and FileIO have it
            except OSError as error:
                raise UsageError(f"{self._name} can't be read: {error.strerror}") from error
            if count:
                self.position += count
                return int(count)
            if count == 0 and (self.waits or not self._follow):
                break
            self._wait(GROWING)
            if os.fstat(self._raw.fileno()).st_size < self.position:
                raise Damaged(self._name, "it became shorter while it was read", self.position)
        return 0

    def _wait(self, seconds: float | None) -> bool:
        """Until there may be more; whether there is."""
        ready = self._poll.poll(None if seconds is None else seconds * 1000)
        return bool(ready) and not self.cancelled

    def cancel(self) -> None:
        self.cancelled = True
        if self._wake is not None:
            os.write(self._wake[1], b"x")

    def close(self) -> None:
        self._raw.close()
        for descriptor in self._wake or ():
            os.close(descriptor)
        self._wake = None
        self.cancelled = True


def _opened(path: str, flags: int) -> int:
    """A pipe that has a name is opened at once: who waits for its writer waits where it can be told to stop."""
    named = stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116
    return os.open(path, flags | (os.O_NONBLOCK if named else 0))
