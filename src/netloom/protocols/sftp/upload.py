"""A file that is being uploaded over SFTP: pieces put in their order, and the file whole when it is closed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost, NetloomError
from netloom.wire.sftp import codes

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from netloom.contents.files import Entry, Files, Sink

AHEAD = 4 * 1024 * 1024
"""Bytes of a session that may come before those which stand in front of them."""
_COPY = 256 * 1024


class Ahead:
    """Room for pieces that have come too early, for all uploads of a session together."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, size: int) -> None:
        """Raises NetloomError where there is no room."""
        if self.taken + size > AHEAD:
            raise NetloomError(f"more than {AHEAD} bytes came before those in front of them")
        self.taken += size


class Upload:
    """An upload to one path. Nothing is seen under its name until `close` or `sync`.

    The first write says where it begins: within what is there or was kept of an upload which broke off, unless the file
    was to be truncated, and otherwise at 0. Of a file that wasn't, what stands behind the last write stays.
    """

    def __init__(self, files: Files, path: str, flags: int, entry: Entry | None, ahead: Ahead) -> None:
        """`flags` as OPEN has them, `entry` what is at the path."""
        self.path = path
        self.size = 0
        self.reads = bool(flags & codes.FOR_READING)
        self._files = files
        self._overwrite = not (flags & codes.CREATE and flags & codes.EXCLUSIVE)
        self._truncates = bool(flags & codes.TRUNCATE)
        self._appends = bool(flags & codes.APPEND)
        self._present = entry.size if entry is not None and not self._truncates else None
        """Bytes that the file has, as far as they may stay."""
        self._around: AbstractAsyncContextManager[Sink] | None = None
        self._sink: Sink | None = None
        self._early: dict[int, bytes] = {}
        self._ahead = ahead
        self._synced = False
        self._error: NetloomError | None = None

    @property
    def length(self) -> int:
        """How long the file would be now."""
        return max(self._sink.position if self._sink is not None else 0, self._present or 0)

    async def read(self, offset: int, size: int) -> bytes:
        """What is there, as long as nothing was written. Raises NetloomError."""
        if self._sink is not None:
            raise NetloomError("what is being written can't be read before it is closed")
        if self._present is None or offset >= self._present:
            return b""
        async with self._files.open(self.path) as file:
            return await file.whole(offset, min(offset + size, self._present))

    async def write(self, offset: int, data: bytes) -> None:
        """Put a piece in its place. Raises TooLarge, OutOfRange, and NetloomError for what isn't in order: after that
        the upload has failed."""
        if self._error is not None:
            raise self._error
        try:
            await self._put(offset, data)
        except NetloomError as error:
            self._error = error
            raise

    async def truncate(self, size: int) -> None:
        """Nothing stays behind these bytes. Raises NetloomError for what was written in this upload, or isn't there."""
        if self._early or size < (self._sink.position if self._sink is not None else 0):
            raise NetloomError("what was written stays as it is")
        if size > self.length:
            raise NetloomError("a file is made longer by what is written to it")
        if self._present is not None:
            self._synced = self._synced and size == self._present
            self._present = min(self._present, size)

    async def sync(self) -> None:
        """What has come is the file from now on, and on its disk; whatever comes later goes on with that."""
        await self.close()
        self._present, self._sink, self._synced = self.length, None, True
        self._overwrite, self._truncates = True, False

    async def close(self) -> None:
        """The file is whole from now on. Raises NetloomError where a piece is missing; then there is none."""
        if self._synced:
            return
        try:
            if self._error is not None:
                raise self._error
            if self._sink is None:
                await self._begin(0)
            assert self._sink is not None  # noqa: S101  # just begun
            if self._early:
                raise NetloomError(f"bytes from {self._sink.position} on are missing")
            if self._present is not None and self._sink.position < self._present:
                await self._copy(self._sink, self._present)
        except NetloomError as error:
            self._error = error
            await self._leave(error)
            raise
        await self._leave(None)

    async def abort(self) -> None:
        """The client is gone: what came is kept aside, to be gone on with."""
        await self._leave(ConnectionLost("the upload broke off"))

    # Inside

    async def _put(self, offset: int, data: bytes) -> None:
        if self._appends:
            offset = await self._end(offset) if self._sink is None else self._sink.position
        if self._sink is None:
            await self._begin(await self._start(offset))
        sink = self._sink
        assert sink is not None  # noqa: S101  # just begun
        if offset < sink.position:
            raise NetloomError("what was written can't be written again here: pieces come one after another")
        self._synced = False
        if offset > sink.position:
            self._ahead.take(len(data) - len(self._early.get(offset, b"")))
            self._early[offset] = data
            return
        await sink.write(data)
        while (following := self._early.pop(sink.position, None)) is not None:
            self._ahead.taken -= len(following)
            await sink.write(following)
            self.size += len(following)
        self.size += len(data)

    async def _end(self, offset: int) -> int:
        """Where appending begins; of what broke off before it was a file, there where a client says that it goes on."""
        if self._present is None and offset and not self._truncates and offset == await self._files.partial(self.path):
            return offset
        return self._present or 0

    async def _start(self, offset: int) -> int:
        """Where an upload begins whose first piece stands at an offset."""
        if self._truncates:
            return 0
        if self._present is not None:
            return min(offset, self._present)
        return offset if offset <= await self._files.partial(self.path) else 0

    async def _begin(self, offset: int) -> None:
        # What was kept of another upload to the same path would be taken for the beginning of the file that is there.
        copies = self._present is not None and 0 < offset <= await self._files.partial(self.path)
        around = self._files.write(
            self.path, offset=0 if copies else offset, overwrite=self._overwrite, keep_partial=True
        )
        self._sink = await around.__aenter__()
        self._around = around
        if copies:
            await self._copy(self._sink, offset)

    async def _copy(self, sink: Sink, stop: int) -> None:
        """The file as it is there, up to an offset."""
        async with self._files.open(self.path) as file:
            while data := await file.whole(sink.position, min(sink.position + _COPY, stop)):
                await sink.write(data)
        if sink.position < stop:
            raise NetloomError(f"the file there has become shorter than {stop} bytes")

    async def _leave(self, error: NetloomError | None) -> None:
        around, self._around = self._around, None
        self._ahead.taken -= sum(map(len, self._early.values()))
        self._early.clear()
        if around is None:
            return
        if error is None:
            await around.__aexit__(None, None, None)
        else:
            with contextlib.suppress(type(error)):
                await around.__aexit__(type(error), error, error.__traceback__)
