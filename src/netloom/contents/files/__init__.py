"""Files: a tree of files in memory or below a directory, for HTTP, FTP, SFTP and TFTP alike."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from netloom.contents._thread import in_thread
from netloom.contents.files.disk import Disk
from netloom.contents.files.memory import Memory
from netloom.contents.files.tree import Entry, Handle, Limits, Store, Upload, join, parts_of
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

__all__ = ["CONTENT", "Entry", "Files", "Limits", "OpenFile", "Sink", "join"]

_T = TypeVar("_T")
_LIMITS = Limits()
_CHUNK = 256 << 10  # in bytes; a thread's hop costs as much as copying about this


class OpenFile:
    """A file as it was when it was opened: `entry` describes these bytes, whatever is renamed over it meanwhile."""

    def __init__(self, handle: Handle, direct: int) -> None:
        self.entry = handle.entry
        self._handle = handle
        self._direct = handle.entry.size <= direct
        self._may_be_near = direct >= 0

    async def read(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop` (None: the end), in chunks of at most 256 KiB."""
        stop = self.entry.size if stop is None else min(stop, self.entry.size)
        while start < stop:
            size = min(_CHUNK, stop - start)
            if self._direct:
                data = self._handle.read(start, size)
            elif self._is_near(start, size):
                await asyncio.sleep(0)  # others have their turn between two chunks, as they have while a thread reads
                data = self._handle.read(start, size)
            else:
                data = await in_thread(lambda start=start, size=size: self._handle.read(start, size))  # type: ignore[misc]
            if not data:  # cut short behind our back
                return
            start += len(data)
            yield data

    async def whole(self, start: int = 0, stop: int | None = None) -> bytes:
        """The same bytes in one piece: for what is short."""
        stop = self.entry.size if stop is None else min(stop, self.entry.size)
        if self._direct or self._is_near(start, stop - start):
            data = self._handle.read(start, stop - start)
            if len(data) == stop - start:
                return data
        return b"".join([chunk async for chunk in self.read(start, stop)])

    def _is_near(self, start: int, size: int) -> bool:
        return self._may_be_near and self._handle.is_near(start, size)


class _Opening:
    """A file that is open for the length of a block."""

    __slots__ = ("_files", "_handle", "_path")

    def __init__(self, files: Files, path: str) -> None:
        self._files = files
        self._path = path

    async def __aenter__(self) -> OpenFile:
        self._handle = await self._files.handle(self._path)
        return OpenFile(self._handle, self._files.direct)

    async def __aexit__(self, *_: object) -> None:
        self._handle.close()


class Sink:
    """Where an upload is written. Nothing is seen under its name until its block ends without an exception."""

    def __init__(self, upload: Upload, direct: bool) -> None:
        self._upload = upload
        self._direct = direct

    @property
    def position(self) -> int:
        """The size of the file so far, in bytes, with what was there before `offset`."""
        return self._upload.position

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append. Raises TooLarge."""
        if self._direct:
            self._upload.write(data)
        else:
            await in_thread(lambda: self._upload.write(data))


class Files:
    """A tree of files. Paths are `/`-separated from the tree's root, with or without a leading `/`.

    Everything raises NotFound, Forbidden, Exists, TooLarge or OutOfRange. A path with `..`, a backslash or a control
    character, and a symbolic link that leads out of the tree, are Forbidden; such names aren't listed either.

    In memory (`root` None), everything is done at once. On a disk, whatever changes it happens in threads, and so does
    the reading of files above `direct` bytes that aren't in the page cache; looking up names, reading smaller files
    and what is in the cache happens on the loop, since that takes less than the way to a thread and back. `direct=-1`
    is for slow (network) file systems: there everything goes to threads.
    """

    KIND: ClassVar[str] = "files"

    def __init__(
        self,
        root: str | Path | None = None,
        files: Mapping[str, bytes] | None = None,
        *,
        limits: Limits = _LIMITS,
        direct: int = 64 << 10,
    ) -> None:
        """Files below the directory `root`, or in memory, beginning with `files`. Raises UsageError."""
        if root is not None and files is not None:
            raise UsageError("files come from a directory or from memory, not both")
        self.limits = limits
        self._store: Store = Memory(limits) if root is None else Disk(Path(root), limits, remembers=direct >= 0)
        self._root = root
        self._in_memory = root is None
        self.direct = sys.maxsize if root is None else direct
        self._prompt = self.direct >= 0
        for path, data in (files or {}).items():
            self._begin_in_memory(path, data)

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`files` is a tree in memory with one greeting; `files:DIRECTORY` a directory. Raises UsageError."""
        return cls(argument) if argument else cls(files={"hello.txt": b"Hello from netloom.\n"})

    @property
    def in_memory(self) -> bool:
        """Whether no file of this machine is read or written."""
        return self._in_memory

    def describe(self) -> str:
        return "files in memory" if self._root is None else f"files {self._root}"

    async def stat(self, path: str) -> Entry:
        """What is at a path."""
        parts = parts_of(path)
        return await self._quick(lambda: self._store.stat(parts))

    async def list(self, path: str = "/") -> tuple[Entry, ...]:
        """The entries of a directory, sorted by name. TooLarge above `limits.listing`."""
        parts = parts_of(path)
        return await self._slow(lambda: self._store.list(parts))

    def open(self, path: str) -> AbstractAsyncContextManager[OpenFile]:
        """`async with files.open(path) as file`: an OpenFile whose entry and bytes belong together."""
        return _Opening(self, path)

    async def handle(self, path: str) -> Handle:
        """What is under `open`: whoever asks for it closes it."""
        parts = parts_of(path)
        return self._store.open(parts) if self._prompt else await in_thread(lambda: self._store.open(parts), _close)

    async def read(self, path: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop`. Close it (`aclosing`) where it isn't read to its end."""
        async with self.open(path) as file:
            async for chunk in file.read(start, stop):
                yield chunk

    @asynccontextmanager
    async def write(
        self, path: str, *, offset: int = 0, overwrite: bool = True, keep_partial: bool = False
    ) -> AsyncIterator[Sink]:
        """`async with files.write(path) as sink: await sink.write(data)`.

        The file appears under its name, whole and synced, when the block ends; an exception in it leaves what was there
        before. With `keep_partial` what had arrived is then kept aside: `partial(path)` tells its size, and
        `write(path, offset=size)` goes on there. An `offset` without such a partial keeps the first `offset` bytes
        of the present file (append, resume); OutOfRange if neither has that many. Without `overwrite`, Exists.
        """
        parts = parts_of(path, root=False)
        upload = await self._slow(
            lambda: self._store.begin(parts, offset, overwrite), lambda begun: begun.abort(keep=False)
        )
        ended = False
        try:
            yield Sink(upload, self._in_memory)
            await self._slow(upload.commit)
            ended = True
        finally:
            if not ended:
                await self._slow(lambda: upload.abort(keep=keep_partial))

    async def partial(self, path: str) -> int:
        """The bytes kept of an upload that broke, 0 if there are none."""
        parts = parts_of(path)
        return await self._quick(lambda: self._store.partial(parts))

    async def delete(self, path: str) -> None:
        """Delete a file, or a directory that is empty (otherwise Forbidden)."""
        parts = parts_of(path, root=False)
        await self._slow(lambda: self._store.delete(parts))

    async def make_directory(self, path: str) -> None:
        """Make a directory in one that is there. Exists."""
        parts = parts_of(path, root=False)
        await self._slow(lambda: self._store.make_directory(parts))

    async def rename(self, path: str, to: str, *, overwrite: bool = False) -> None:
        """Give a file or directory another path in the tree. Exists, unless a file may be overwritten."""
        source, target = parts_of(path, root=False), parts_of(to, root=False)
        await self._slow(lambda: self._store.rename(source, target, overwrite))

    async def _quick(self, work: Callable[[], _T]) -> _T:
        return work() if self._prompt else await in_thread(work)

    async def _slow(self, work: Callable[[], _T], undo: Callable[[_T], object] | None = None) -> _T:
        return work() if self._in_memory else await in_thread(work, undo)

    def _begin_in_memory(self, path: str, data: bytes) -> None:
        parts = parts_of(path, root=False)
        for depth in range(1, len(parts)):
            if not self._store.exists(parts[:depth]):
                self._store.make_directory(parts[:depth])
        upload = self._store.begin(parts, 0, overwrite=False)
        upload.write(data)
        upload.commit()


def _close(handle: Handle) -> None:
    handle.close()


CONTENT = Files
