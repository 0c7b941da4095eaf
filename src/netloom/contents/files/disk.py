"""A tree of files below a directory of a disk."""
# ruff: noqa: PTH102, PTH104, PTH106, PTH108, PTH110, PTH112, PTH114, PTH116, PTH118, PTH120, PTH123, PTH208
# Paths are plain texts here: one is resolved for every request, and as Path objects that takes three times as long.

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from netloom.contents import Exists, Forbidden, NotFound, OutOfRange, TooLarge
from netloom.contents.files.memory import MemoryHandle
from netloom.contents.files.recent import Recent
from netloom.contents.files.tree import (
    Data,
    Entry,
    Handle,
    Limits,
    Parts,
    begun_from,
    is_unfinished,
    servable,
    text_of,
)
from netloom.errors import NetloomError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")
_COPY = 1 << 20
# What a directory is opened with on the way to what is in it: that asks for no more than the right to pass through.
_PASSING = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO would wait for its other end.
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_WAIT: int = getattr(os, "RWF_NOWAIT", 0)  # Linux: read what is in memory, and else nothing
_LINK = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)  # what systems say of a link that isn't to be followed
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.EISDIR, errno.ENOTEMPTY, errno.EINVAL,
    errno.ENAMETOOLONG, errno.ENXIO, errno.EXDEV, errno.EBUSY,
)  # fmt: skip


class Disk:
    """A store below `root`, whose links are followed where they stay below it; one that leads out is Forbidden.

    To what is read, a path is walked name by name from the root on, without following links: whoever swaps one in on
    the way gets an error. Only where that meets a link, all of them are resolved, what they lead to is checked to be
    below the root, and walked in the same way.

    What changes the tree is resolved and checked in the same way, and then done by its path: links can't be made
    through a store, and what a local user with access to the directory itself might swap meanwhile is beyond it.
    """

    def __init__(self, root: Path, limits: Limits, *, remembers: bool = False) -> None:
        """`remembers`: small files may be kept for a moment. It is for a store that one thread alone reads from."""
        if not root.is_dir():
            raise UsageError(f"{root} is no directory", hint=f"mkdir -p {root}" if not root.exists() else "")
        self.limits = limits
        self._root = os.path.realpath(root)
        self._below = self._root.rstrip("/") + "/"
        self._recent = Recent() if remembers else None

    def exists(self, parts: Parts) -> bool:
        return Path(self._resolve(parts)).exists()

    def stat(self, parts: Parts) -> Entry:
        try:
            return _entry(parts, self._reach(parts, _stat))
        except OSError as error:
            raise _in_words(error, parts) from error

    def list(self, parts: Parts) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        with _translated(parts), _closing(self._reach(parts, _open_directory)) as place, os.scandir(place) as found:
            for item in found:
                if len(entries) >= self.limits.listing:
                    raise TooLarge(f"{text_of(parts)} has more than {self.limits.listing} entries")
                if servable(item.name):
                    # One that vanished, leads out of the tree or is neither file nor directory isn't there for anybody.
                    with contextlib.suppress(NetloomError):
                        child = (*parts, item.name)
                        inside = None if item.is_symlink() else item.stat(follow_symlinks=False)
                        entries.append(self.stat(child) if inside is None else _entry(child, inside))
        return tuple(sorted(entries, key=lambda entry: entry.name))

    def open(self, parts: Parts) -> Handle:
        recent = self._recent
        try:
            if recent is not None and parts in recent:
                kept = recent.get(parts, self._reach(parts, _stat))
                if kept is not None:
                    return MemoryHandle(*kept)
            handle = DiskHandle(parts, self._reach(parts, _open))
        except OSError as error:
            raise _in_words(error, parts) from error
        if recent is None or not recent.takes(handle.found):
            return handle
        try:
            data = handle.read(0, handle.found.st_size)
        finally:
            handle.close()
        recent.put(parts, handle.found, handle.entry, data)
        return MemoryHandle(handle.entry, data)

    def begin(self, parts: Parts, offset: int, overwrite: bool) -> DiskUpload:
        with _translated(parts):
            place = self._resolve(parts)
            if os.path.isdir(place):
                raise Forbidden(f"{text_of(parts)} is a directory")
            if not overwrite and os.path.lexists(place):
                raise Exists(f"{text_of(parts)} is there already")
            source = self._source(parts, place, offset) if offset else None
            return DiskUpload(self.limits, parts, place, overwrite, (source, offset))

    def partial(self, parts: Parts) -> int:
        return _size(_partial(self._resolve(parts)))

    def delete(self, parts: Parts) -> None:
        with _translated(parts):
            place = self._resolve_link(parts)
            if os.path.isdir(place) and not os.path.islink(place):
                _discard_partials(place)
                os.rmdir(place)
            else:
                os.unlink(place)
            _sync_directory(place)

    def make_directory(self, parts: Parts) -> None:
        with _translated(parts):
            place = self._resolve(parts)
            os.mkdir(place)
            _sync_directory(place)

    def rename(self, source: Parts, target: Parts, overwrite: bool) -> None:
        with _translated(source):
            old, new = self._resolve_link(source), self._resolve_link(target)
            os.lstat(old)
            if old == new:
                return
        with _translated(target):
            old_is_directory = os.path.isdir(old)
            if os.path.lexists(new) and (not overwrite or old_is_directory or os.path.isdir(new)):
                raise Exists(f"{text_of(target)} is there already")
            if overwrite or old_is_directory:
                os.rename(old, new)
            else:
                _rename_to_free_name(old, new)
            _sync_directory(old)
            _sync_directory(new)

    def _reach(self, parts: Parts, do: Callable[[str, int | None], _T]) -> _T:
        """Do something with what is at a path: `do` gets a name, and the directory that it is in. Raises OSError."""
        try:
            return self._walk(parts, do)
        except OSError as error:
            if error.errno not in _LINK:
                raise
        resolved = self._resolve(parts)[len(self._below) :]
        return self._walk(tuple(resolved.split("/")) if resolved else (), do)

    def _walk(self, parts: Parts, do: Callable[[str, int | None], _T]) -> _T:
        """The same, without following links. Raises an OSError of `_LINK` where there is one."""
        inside: int | None = None
        name = self._below + parts[0] if parts else self._root
        try:
            for following in parts[1:]:
                inside, left = os.open(name, _PASSING, dir_fd=inside), inside
                if left is not None:
                    os.close(left)
                name = following
            return do(name, inside)
        finally:
            if inside is not None:
                os.close(inside)

    def _resolve(self, parts: Parts) -> str:
        """Where a path leads, every link followed. Raises Forbidden where that is outside of the tree."""
        place = os.path.realpath(os.path.join(self._root, *parts))
        if place != self._root and not place.startswith(self._below):
            raise Forbidden(f"{text_of(parts)} leads out of what is served")
        return place

    def _resolve_link(self, parts: Parts) -> str:
        """Where the directory of a path leads, and the name in it, which itself may be a link."""
        return os.path.join(self._resolve(parts[:-1]), parts[-1])

    @staticmethod
    def _source(parts: Parts, place: str, offset: int) -> str:
        partial = _partial(place)
        return partial if begun_from(parts, offset, _size(partial), _size(place)) == "partial" else place


class DiskHandle:
    """An open regular file. It has a descriptor from now on, and closes it."""

    __slots__ = ("_descriptor", "entry", "found")

    def __init__(self, parts: Parts, descriptor: int) -> None:
        self._descriptor = descriptor
        try:
            self.found = os.fstat(descriptor)
            self.entry = _entry(parts, self.found)
            if self.entry.kind == "directory":
                raise Forbidden(f"{text_of(parts)} is a directory")
        except BaseException:
            os.close(descriptor)
            raise

    def read(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise _in_words(error, ()) from error

    def is_near(self, offset: int, size: int) -> bool:
        """Whether both ends of these bytes are in memory: then what is between them is, all but always."""
        if not _NO_WAIT:
            return False
        try:
            return all(os.preadv(self._descriptor, [bytearray(1)], at, _NO_WAIT) for at in (offset, offset + size - 1))
        except OSError:  # it would have to wait, or the file system can't tell
            return False

    def close(self) -> None:
        os.close(self._descriptor)


class DiskUpload:
    """A file that is being written under a temporary name beside its own, synced and renamed at its end."""

    def __init__(
        self, limits: Limits, parts: Parts, place: str, overwrite: bool, before: tuple[str | None, int]
    ) -> None:
        self._limits = limits
        self._parts = parts
        self._place = place
        self._overwrite = overwrite
        directory, name = os.path.split(place)
        self._temporary = f"{directory}/.{_shortened(name)}.netloom-{secrets.token_hex(8)}"
        self._file = open(self._temporary, "xb", buffering=0)  # noqa: SIM115  # closed by commit or abort
        self._committed = False
        self.position = 0
        try:
            source, offset = before
            if source is not None:
                self._copy(source, offset)
            if os.path.exists(place):
                os.fchmod(self._file.fileno(), stat.S_IMODE(os.stat(place).st_mode))
        except BaseException:
            self.abort(keep=False)
            raise

    def write(self, data: Data) -> None:
        rest = memoryview(data).cast("B")
        if self.position + rest.nbytes > self._limits.file:
            raise TooLarge(f"a file has no more than {self._limits.file} bytes here")
        with _translated(self._parts):
            disk = os.fstatvfs(self._file.fileno())
            if disk.f_bavail * disk.f_frsize < self._limits.reserve + rest.nbytes:
                raise TooLarge("the disk is full", hint=f"{self._limits.reserve} bytes are left free on purpose")
            while rest:
                written = self._file.write(rest)
                self.position += written
                rest = rest[written:]

    def commit(self) -> None:
        with _translated(self._parts):
            os.fsync(self._file.fileno())
            self._file.close()
            if self._overwrite:
                os.rename(self._temporary, self._place)
            else:
                _rename_to_free_name(self._temporary, self._place)
            self._committed = True
            _remove(_partial(self._place))
            _sync_directory(self._place)

    def abort(self, keep: bool) -> None:
        if self._committed:  # cancelled while the commit ran: it is whole under its name
            return
        with _translated(self._parts):
            self._file.close()
            if keep and self.position:
                os.rename(self._temporary, _partial(self._place))
            else:
                _remove(self._temporary)

    def _copy(self, source: str, size: int) -> None:
        with open(source, "rb", buffering=0) as opened:
            while self.position < size:
                data = opened.read(min(_COPY, size - self.position))
                if not data:
                    raise OutOfRange(f"{text_of(self._parts)} became shorter than {size} bytes")
                self.write(data)


def _open(name: str, inside: int | None) -> int:
    return os.open(name, _READING, dir_fd=inside)


def _open_directory(name: str, inside: int | None) -> int:
    return os.open(name, _READING | os.O_DIRECTORY, dir_fd=inside)


def _stat(name: str, inside: int | None) -> os.stat_result:
    found = os.stat(name, dir_fd=inside, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return found


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _entry(parts: Parts, found: os.stat_result) -> Entry:
    is_directory = stat.S_ISDIR(found.st_mode)
    if not is_directory and not stat.S_ISREG(found.st_mode):
        raise Forbidden(f"{text_of(parts)} is neither a file nor a directory")
    return Entry(
        name=parts[-1] if parts else "",
        path=text_of(parts),
        kind="directory" if is_directory else "file",
        size=0 if is_directory else found.st_size,
        modified=found.st_mtime,
        etag=f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}",
    )


def _shortened(name: str) -> str:
    """A name that, with what is put around it, still fits into 255 bytes."""
    encoded = name.encode()
    if len(encoded) <= 220:
        return name
    return encoded[:180].decode(errors="ignore") + hashlib.sha256(encoded).hexdigest()[:16]


def _partial(place: str) -> str:
    directory, name = os.path.split(place)
    return f"{directory}/.{_shortened(name)}.netloom-part"


def _size(place: str) -> int:
    try:
        found = os.lstat(place)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _remove(place: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(place)


def _discard_partials(directory: str) -> None:
    """A directory that has only unseen uploads in it is empty for whoever deletes it."""
    names = os.listdir(directory)
    if all(is_unfinished(name) for name in names):
        for name in names:
            _remove(f"{directory}/{name}")


def _rename_to_free_name(old: str, new: str) -> None:
    """Rename, and fail with FileExistsError where something is: `rename` would overwrite, `link` doesn't."""
    os.link(old, new, follow_symlinks=False)
    os.unlink(old)


def _sync_directory(place: str) -> None:
    """Without this a new name may be gone after a power failure, though the file's bytes are on the disk."""
    descriptor = os.open(os.path.dirname(place), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated(parts: Parts) -> Iterator[None]:
    """Around what may raise the system's errors."""
    try:
        yield
    except OSError as error:
        raise _in_words(error, parts) from error


def _in_words(error: OSError, parts: Parts) -> NetloomError:
    """The system's errors in the words of contents; where the tree stands on the disk isn't told to peers."""
    if isinstance(error, FileExistsError):
        return Exists(f"{text_of(parts)} is there already")
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return NotFound(f"there is no {text_of(parts)}")
    words = f"{text_of(parts)}: {error.strerror or type(error).__name__}"
    if error.errno in _FULL:
        return TooLarge(words)
    return Forbidden(words) if error.errno in _FORBIDDEN else NetloomError(words)
