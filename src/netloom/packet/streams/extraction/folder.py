"""Where what is taken out goes: a folder, under names that can't lead anywhere else, within bounds."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from netloom.errors import UsageError

OCTETS = 1 << 30
"""What is written at most, in all files together."""
FILES = 10_000
_LONGEST = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Folder:
    """A folder that is there, or is made. Its files are new ones with mode 0600; none is ever written over.

    UsageError if it can't be made or written.
    """

    def __init__(self, path: str | os.PathLike[str], octets: int = OCTETS, files: int = FILES) -> None:
        self.path = Path(path)
        self.octets = octets
        """How many may still be written."""
        self._files = files
        self._named: dict[tuple[int, str], int] = {}
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise UsageError(f"can't write to {self.path}: {error.strerror}") from error

    def create(self, stream: int, name: str) -> str:
        """Make a file for something of a stream; its name, empty where there are too many."""
        if not self._files:
            return ""
        self._files -= 1
        safe = safe_name(name)
        count = self._named.get((stream, safe), 0)
        self._named[stream, safe] = count + 1
        made = f"{stream:04}-{safe}" if not count else f"{stream:04}-{count}-{safe}"
        self._write(made, os.O_CREAT | os.O_EXCL, b"")
        return made

    def append(self, name: str, data: bytes) -> bool:
        """Go on with a file; False where that would be more than may be written. Files don't stay open: there may be
        thousands."""
        if self.octets < len(data):
            return False
        self.octets -= len(data)
        self._write(name, os.O_APPEND, data)
        return True

    def _write(self, name: str, flags: int, data: bytes) -> None:
        try:
            descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | flags, 0o600, dir_fd=self._descriptor)
            try:
                left = memoryview(data)
                while left:
                    left = left[os.write(descriptor, left) :]
            finally:
                os.close(descriptor)
        except FileExistsError:
            raise UsageError(f"{self.path / name} is there already", hint="extract into another folder") from None
        except OSError as error:
            raise UsageError(f"can't write to {self.path / name}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the folder; again does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def safe_name(name: str) -> str:
    """What is left of a name that somebody sent: its last part, letters, digits, dots, dashes; never hidden."""
    last = unquote(name, errors="replace").replace("\\", "/").rstrip("/").rpartition("/")[2]
    made = _UNSAFE.sub("_", last).lstrip(".-_")
    stem, dot, suffix = made.rpartition(".")
    if len(made) > _LONGEST and dot and len(suffix) <= 10:
        return f"{stem[: _LONGEST - 1 - len(suffix)]}.{suffix}"
    return made[:_LONGEST] or "unnamed"
