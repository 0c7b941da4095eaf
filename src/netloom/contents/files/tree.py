"""What a tree of files is: its paths, entries and limits, and what a store of them has to offer."""

from __future__ import annotations

import re
from typing import Literal, Protocol

import msgspec

from netloom.contents import Forbidden, OutOfRange

# A control character would let a name say a line of its own in FTP's dialogue; a backslash separates on Windows.
_FORBIDDEN = re.compile(r"[/\x00-\x1f\x7f\\\ud800-\udfff]")
_PARTIAL = re.compile(r"^\..*\.netloom-(part|[0-9a-f]{16})$", re.DOTALL)
_DEPTH_LIMIT = 128
_NAME_LIMIT = 255  # bytes, as in every usual file system

Parts = tuple[str, ...]
Data = bytes | bytearray | memoryview


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a tree. `size` in bytes (0 for a directory), `modified` in Unix seconds; `path` begins with `/`.

    `etag` differs whenever the bytes do; it is hexadecimal, without the quotes of HTTP.
    """

    name: str
    path: str
    kind: Literal["file", "directory"]
    size: int
    modified: float
    etag: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: bytes of a `file`; `total` bytes and `entries` in memory; `reserve` bytes left free on a disk.

    `listing` is how many entries a directory may have to be listed.
    """

    file: int = 16 << 30
    total: int = 64 << 20
    entries: int = 10_000
    reserve: int = 64 << 20
    listing: int = 100_000


class Handle(Protocol):
    """An open file; `read` gives at most `size` bytes from `offset`, none at the end.

    `is_near` tells whether that is done at once: where it isn't, or can't be told, a disk has to be waited for.
    """

    entry: Entry

    def read(self, offset: int, size: int) -> bytes: ...
    def is_near(self, offset: int, size: int) -> bool: ...
    def close(self) -> None: ...


class Upload(Protocol):
    """A file that is being written. One of `commit` and `abort` ends it; after a failed `commit`, `abort` does."""

    position: int

    def write(self, data: Data) -> None: ...
    def commit(self) -> None: ...
    def abort(self, keep: bool) -> None: ...


class Store(Protocol):
    """Where a tree is kept. Everything blocks, and raises only errors of `netloom.contents`."""

    def exists(self, parts: Parts) -> bool: ...
    def stat(self, parts: Parts) -> Entry: ...
    def open(self, parts: Parts) -> Handle: ...
    def begin(self, parts: Parts, offset: int, overwrite: bool) -> Upload: ...
    def partial(self, parts: Parts) -> int: ...
    def delete(self, parts: Parts) -> None: ...
    def make_directory(self, parts: Parts) -> None: ...
    def rename(self, source: Parts, target: Parts, overwrite: bool) -> None: ...
    def list(self, parts: Parts) -> tuple[Entry, ...]: ...


def parts_of(path: str, *, root: bool = True) -> Parts:
    """A path's names. Raises Forbidden for what could lead elsewhere, and for the root itself unless `root`."""
    parts = tuple([part for part in path.split("/") if part not in ("", ".")])
    if len(parts) > _DEPTH_LIMIT or not all(map(servable, parts)):
        raise Forbidden(
            f"{path[:200]!r} is no path here", hint="no '..', backslash or control characters, names to 255 bytes"
        )
    if not parts and not root:
        raise Forbidden("the root directory stays as it is")
    return parts


def servable(name: str) -> bool:
    """Whether a name may be seen: it can be said in every protocol and isn't an unfinished upload."""
    if not name or len(name) > _NAME_LIMIT or _FORBIDDEN.search(name):
        return False
    if name[0] == "." and (name in (".", "..") or is_unfinished(name)):
        return False
    return name.isascii() or len(name.encode()) <= _NAME_LIMIT


def is_unfinished(name: str) -> bool:
    """Whether a name belongs to an upload under way or kept for resuming."""
    return _PARTIAL.match(name) is not None


def text_of(parts: Parts) -> str:
    """The path as an Entry has it."""
    return "/" + "/".join(parts)


def begun_from(parts: Parts, offset: int, partial: int, whole: int) -> Literal["partial", "whole"]:
    """Which of what is there an upload at an offset goes on with, by their sizes. Raises OutOfRange.

    One that ends just there is meant; otherwise what broke off, if it is as long, comes before the present file.
    """
    if offset in (partial, whole):
        return "partial" if offset == partial else "whole"
    if offset > max(partial, whole):
        raise OutOfRange(f"{text_of(parts)} has {max(partial, whole)} bytes, not {offset}")
    return "partial" if partial >= offset else "whole"


def join(directory: str, path: str) -> str:
    """`path` as seen from `directory`: `..` goes up, at most to the root of the tree; a leading `/` starts there."""
    walked: list[str] = []
    for part in (path if path.startswith("/") else f"{directory}/{path}").split("/"):
        if part == "..":
            del walked[-1:]
        elif part not in ("", "."):
            walked.append(part)
    return text_of(tuple(walked))
