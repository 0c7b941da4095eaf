"""A tree of files in memory."""

from __future__ import annotations

import secrets
import time

import msgspec

from netloom.contents import Exists, Forbidden, NotFound, TooLarge
from netloom.contents.files.tree import Data, Entry, Limits, Parts, begun_from, text_of


class _Node(msgspec.Struct, frozen=True):
    """One file (`data`) or directory (`data` None). Bytes never change, so who reads them isn't disturbed."""

    data: bytes | None
    modified: float
    version: int


class Memory:
    """A store of frozen bytes by path."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._version = 0
        # A server that starts anew counts anew: its tags must not be taken for those of other bytes before.
        self._run = secrets.token_hex(4)
        self._nodes: dict[Parts, _Node] = {(): self.node(None)}
        self._partials: dict[Parts, bytes] = {}
        self.used = 0  # bytes: of files, of kept partials and of uploads under way

    def node(self, data: bytes | None) -> _Node:
        self._version += 1
        return _Node(data, time.time(), self._version)

    def exists(self, parts: Parts) -> bool:
        return parts in self._nodes

    def stat(self, parts: Parts) -> Entry:
        node = self._node(parts)
        return Entry(
            name=parts[-1] if parts else "",
            path=text_of(parts),
            kind="directory" if node.data is None else "file",
            size=len(node.data or b""),
            modified=node.modified,
            etag=f"{self._run}-{node.version:x}",
        )

    def list(self, parts: Parts) -> tuple[Entry, ...]:
        if self._node(parts).data is not None:
            raise NotFound(f"{text_of(parts)} is no directory")
        depth = len(parts)
        children = [path for path in self._nodes if len(path) == depth + 1 and path[:depth] == parts]
        if len(children) > self.limits.listing:
            raise TooLarge(f"{text_of(parts)} has more than {self.limits.listing} entries")
        return tuple(self.stat(path) for path in sorted(children))

    def open(self, parts: Parts) -> MemoryHandle:
        return MemoryHandle(self.stat(parts), self._data(parts))

    def begin(self, parts: Parts, offset: int, overwrite: bool) -> MemoryUpload:
        self._check_place(parts)
        present = self._nodes.get(parts)
        if present is not None and present.data is None:
            raise Forbidden(f"{text_of(parts)} is a directory")
        if present is not None and not overwrite:
            raise Exists(f"{text_of(parts)} is there already")
        before = b""
        if offset:
            kept, whole = self._partials.get(parts, b""), present.data or b"" if present is not None else b""
            source = begun_from(parts, offset, len(kept), len(whole))
            before = (kept if source == "partial" else whole)[:offset]
        return MemoryUpload(self, parts, before, overwrite)

    def partial(self, parts: Parts) -> int:
        return len(self._partials.get(parts, b""))

    def delete(self, parts: Parts) -> None:
        node = self._node(parts)
        if node.data is None and any(path[: len(parts)] == parts for path in self._nodes if path != parts):
            raise Forbidden(f"{text_of(parts)} isn't empty")
        del self._nodes[parts]
        self.used -= len(node.data or b"")

    def make_directory(self, parts: Parts) -> None:
        self._check_place(parts)
        if parts in self._nodes:
            raise Exists(f"{text_of(parts)} is there already")
        self._nodes[parts] = self.node(None)

    def rename(self, source: Parts, target: Parts, overwrite: bool) -> None:
        node = self._node(source)
        if source == target:
            return
        if target[: len(source)] == source:
            raise Forbidden(f"{text_of(source)} can't be moved into itself")
        self._check_place(target)
        present = self._nodes.get(target)
        if present is not None and not (overwrite and present.data is not None and node.data is not None):
            raise Exists(f"{text_of(target)} is there already")
        self.used -= len(present.data or b"") if present is not None else 0
        moved = {path: found for path, found in self._nodes.items() if path[: len(source)] == source}
        for path in moved:
            del self._nodes[path]
        self._nodes.update((target + path[len(source) :], found) for path, found in moved.items())

    def put(self, parts: Parts, data: bytes, overwrite: bool) -> None:
        """The end of an upload, whose bytes are counted as used already."""
        self._check_place(parts)
        present = self._nodes.get(parts)
        if present is not None and (not overwrite or present.data is None):
            raise Exists(f"{text_of(parts)} is there already")
        self.used -= len(present.data or b"") if present is not None else 0
        self._nodes[parts] = self.node(data)
        self.drop_partial(parts)

    def keep(self, parts: Parts, data: bytes) -> None:
        """What came of an upload that broke, whose bytes are counted as used already."""
        self.drop_partial(parts)
        self._partials[parts] = data

    def drop_partial(self, parts: Parts) -> None:
        self.used -= len(self._partials.pop(parts, b""))

    def reserve(self, size: int) -> None:
        if self.used + size > self.limits.total:
            raise TooLarge(f"no more than {self.limits.total} bytes are kept in memory")
        self.used += size

    def _node(self, parts: Parts) -> _Node:
        if parts not in self._nodes:
            raise NotFound(f"there is no {text_of(parts)}")
        return self._nodes[parts]

    def _data(self, parts: Parts) -> bytes:
        data = self._node(parts).data
        if data is None:
            raise Forbidden(f"{text_of(parts)} is a directory")
        return data

    def _check_place(self, parts: Parts) -> None:
        parent = self._nodes.get(parts[:-1])
        if parent is None or parent.data is not None:
            raise NotFound(f"there is no directory {text_of(parts[:-1])}")
        if parts not in self._nodes and len(self._nodes) + len(self._partials) >= self.limits.entries:
            raise TooLarge(f"no more than {self.limits.entries} entries are kept in memory")


class MemoryHandle:
    """An open file in memory."""

    def __init__(self, entry: Entry, data: bytes) -> None:
        self.entry = entry
        self._data = data

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    def is_near(self, offset: int, size: int) -> bool:  # all of it is
        return True

    def close(self) -> None:
        """Nothing is held but the bytes."""
        self._data = b""


class MemoryUpload:
    """A file that is being written in memory."""

    def __init__(self, store: Memory, parts: Parts, before: bytes, overwrite: bool) -> None:
        store.reserve(len(before))
        self._store = store
        self._parts = parts
        self._overwrite = overwrite
        self._data = bytearray(before)
        self.position = len(before)

    def write(self, data: Data) -> None:
        size = memoryview(data).nbytes
        if self.position + size > self._store.limits.file:
            raise TooLarge(f"a file has no more than {self._store.limits.file} bytes here")
        self._store.reserve(size)
        self._data += data
        self.position += size

    def commit(self) -> None:
        self._store.put(self._parts, bytes(self._data), self._overwrite)

    def abort(self, keep: bool) -> None:
        if keep and self._data:
            self._store.keep(self._parts, bytes(self._data))
        else:
            self._store.used -= self.position
