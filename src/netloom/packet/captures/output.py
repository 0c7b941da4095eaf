"""Output: a capture file to write to, for its owner alone, compressed by its suffix."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STDOUT = 1
_VECTOR = 512
"""Pieces that one system call is given: it may have a thousand (IOV_MAX, limits.h)."""
_PRIVATE = 0o600


class Encoder(Protocol):
    """Compresses what passes: what zlib and zstandard have in common."""

    def compress(self, data: bytes | memoryview, /) -> bytes: ...

    def flush(self) -> bytes: ...


def _gzip() -> Encoder:
    import zlib

    return zlib.compressobj(wbits=31)


def _zstd() -> Encoder:
    import zstandard

    return zstandard.ZstdCompressor().compressobj()


ENCODERS: dict[str, Callable[[], Encoder]] = {".gz": _gzip, ".zst": _zstd}
"""By the suffix of a file's name. Members and frames that follow each other are one file in both formats."""


class Output:
    """A file that is open for writing: `-` is standard output, a suffix of `ENCODERS` compresses.

    The file gets mode 0600: it tells what was said, and secrets too. One that exists is refused unless `overwrite`, or
    gone on with by `append`. Raises UsageError if it can't be opened or written.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, append: bool = False) -> None:
        self.name = "standard output" if path == "-" else os.fspath(path)
        make = ENCODERS.get(Path(path).suffix)
        self._encoder = make() if make is not None and path != "-" else None
        self._descriptor = _standard_output() if path == "-" else _open(Path(path), overwrite=overwrite, append=append)
        self._size = os.fstat(self._descriptor).st_size if append else 0

    def write(self, *pieces: bytes | memoryview) -> None:
        """Append pieces, with one system call as a rule. If that fails, what was written of them is taken back."""
        if self._encoder is not None:
            pieces = (self._encoder.compress(b"".join(pieces)),)
        self._write(pieces)

    def _write(self, pieces: Sequence[bytes | memoryview]) -> None:
        size = 0
        try:
            for at in range(0, len(pieces), _VECTOR):
                size += self._write_some(pieces[at : at + _VECTOR])
        except OSError as error:
            self._take_back()
            self._encoder = None  # what it holds doesn't fit to what is there
            raise UsageError(f"can't write to {self.name}: {error.strerror}") from error
        self._size += size

    def _write_some(self, pieces: Sequence[bytes | memoryview]) -> int:
        """Write as many as one call takes; gives their octets."""
        size = left = sum(map(len, pieces))
        while (written := os.writev(self._descriptor, pieces)) < left:  # a pipe takes what it has room for
            left -= written
            pieces = (memoryview(b"".join(pieces))[written:],)
        return size

    def _take_back(self) -> None:
        if stat.S_ISREG(os.fstat(self._descriptor).st_mode) and self._descriptor != STDOUT:
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)

    def remove(self) -> None:
        """Close the file, and leave none: what was begun isn't wanted."""
        regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode) and self._descriptor != STDOUT
        self.close()
        if regular:
            Path(self.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Finish and close the file; again does nothing."""
        encoder, self._encoder = self._encoder, None
        descriptor = self._descriptor
        try:
            if encoder is not None and descriptor >= 0:
                self._write((encoder.flush(),))
        finally:
            self._descriptor = -1
            if descriptor >= 0 and descriptor != STDOUT:
                os.close(descriptor)


def _standard_output() -> int:
    if sys.stdout is None:
        raise UsageError("there is no standard output")
    sys.stdout.flush()
    return STDOUT


def _open(path: Path, *, overwrite: bool, append: bool) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
    try:
        if append:
            return os.open(path, flags | os.O_APPEND, _PRIVATE)
        try:
            return os.open(path, flags | os.O_EXCL, _PRIVATE)
        except FileExistsError:
            regular = path.is_file() or not path.exists()  # a link that leads nowhere would become a file there
            if regular and not overwrite:
                message = f"{path} exists already"
                raise UsageError(message, hint="choose another name, or move it away") from None
            descriptor = os.open(path, flags | os.O_TRUNC, _PRIVATE)
        if regular:
            os.fchmod(descriptor, _PRIVATE)
    except OSError as error:
        raise UsageError(f"can't write to {path}: {error.strerror}") from error
    return descriptor
