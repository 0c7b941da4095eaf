"""What mail on a disk needs of it: synced files and directories, locks, and the system's errors in our words."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from typing import TYPE_CHECKING

from netloom.contents import Forbidden, NotFound, TooLarge
from netloom.errors import NetloomError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = ("tmp", "new", "cur")


def make_maildir(place: Path) -> None:
    """Make the directories that are missing."""
    for part in PARTS:
        (place / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    sync(place)
    sync(place.parent)


def sync(directory: Path) -> None:
    """Have the names in a directory written."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(place: Path, text: str) -> None:
    """Write a file anew, at once and durably."""
    temporary = place.with_name(f"{place.name}.new")
    with temporary.open("w", encoding="utf-8", errors="surrogateescape") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    temporary.rename(place)
    sync(place.parent)


def read(path: str, limit: int) -> bytes | None:
    """A whole file, None where it has more than `limit` bytes. Messages are many: this takes half as long as `open`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        found = b""
        while max(size, len(found)) <= limit:
            piece = os.read(descriptor, max(size - len(found), 0) + 1)
            if not piece:
                return found
            found += piece
        return None
    finally:
        os.close(descriptor)


def append(place: Path, text: str) -> None:
    """Write some lines at a file's end, durably."""
    with place.open("a", encoding="utf-8", errors="surrogateescape") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """While inside, no other thread or process of ours is, for the same file."""
    with place.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it belongs to what was opened here: threads exclude each other, too
        yield


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The system's errors as ours."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("the message or the mailbox is gone") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise TooLarge("the disk is full") from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise Forbidden(f"the mailbox can't be used: {error.strerror}") from None
        raise NetloomError(f"the mailbox can't be used: {error.strerror}") from error
