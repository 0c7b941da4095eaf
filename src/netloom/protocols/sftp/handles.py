"""What one SFTP session has open: files that are read or written, and directories, each by its handle."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeVar

from netloom.contents.files import OpenFile
from netloom.errors import NetloomError
from netloom.protocols.sftp.upload import Ahead, Upload
from netloom.wire.sftp import codes

if TYPE_CHECKING:
    from netloom.contents.files import Entry, Files
    from netloom.contents.files.tree import Handle
    from netloom.links.context import Context

HANDLES = 100
"""How many a session has at once."""

Open = TypeVar("Open")


class Refused(Exception):
    """No, with a status of SFTP's own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Reading:
    """A file that is read."""

    def __init__(self, files: Files, path: str, handle: Handle) -> None:
        self.path = path
        self.file = OpenFile(handle, files.direct)
        self.size = 0
        self._handle = handle

    @property
    def entry(self) -> Entry:
        return self.file.entry

    def close(self) -> None:
        self._handle.close()


class Listing:
    """A directory that is read, and how far."""

    def __init__(self, path: str, entries: tuple[Entry, ...]) -> None:
        self.path = path
        self.entries = entries
        self.at = 0


class Handles:
    """The handles of a session. While a file is open, a server that stops waits for it."""

    def __init__(self, context: Context, user: str, entries: int) -> None:
        """`entries` is how many its listings may have together."""
        self.ahead = Ahead()
        self._context = context
        self._user = user
        self._entries = entries
        self._held: dict[bytes, tuple[Reading | Listing | Upload, float]] = {}
        self._last = 0
        self._files = 0
        self._work = contextlib.ExitStack()

    @property
    def transferring(self) -> bool:
        """Whether a file is open."""
        return self._files > 0

    def room(self) -> None:
        """Raises Refused where there is no room for another, or the server stops."""
        if self._context.closing:
            raise Refused(codes.FAILURE, "the server stops")
        if len(self._held) >= HANDLES:
            raise Refused(codes.FAILURE, f"no more than {HANDLES} handles at once")

    def hold(self, held: Reading | Listing | Upload) -> bytes:
        """A handle for it. Raises Refused."""
        if isinstance(held, Listing):
            others = sum(len(one.entries) for one, _ in self._held.values() if isinstance(one, Listing))
            if others and others + len(held.entries) > self._entries:
                raise Refused(codes.FAILURE, f"no more than {self._entries} names are listed at once")
        elif not self._files:
            self._work.enter_context(self._context.working())
        self._files += not isinstance(held, Listing)
        self._last += 1
        handle = self._last.to_bytes(4, "big")
        self._held[handle] = held, time.time()
        return handle

    def get(self, handle: bytes, kind: type[Open], otherwise: str) -> Open:
        """What a handle is for. Raises Refused where that is something else."""
        if handle not in self._held:
            raise Refused(codes.FAILURE, "there is no such handle")
        held = self._held[handle][0]
        if not isinstance(held, kind):
            raise Refused(codes.FAILURE, otherwise)
        return held

    def upload(self, path: str) -> Upload | None:
        """What is being written to a path."""
        held = (one for one, _ in self._held.values())
        return next((one for one in held if isinstance(one, Upload) and one.path == path), None)

    async def close(self, handle: bytes) -> None:
        """Let go of one; an upload becomes a file. Raises Refused, NetloomError."""
        held = self.get(handle, object, "")
        _, started = self._held.pop(handle)
        if isinstance(held, Upload):
            try:
                await held.close()
            except NetloomError:
                self._record("PUT", held, "failed", started)
                raise
            finally:
                self._closed()
            self._record("PUT", held, "ok", started)
        elif isinstance(held, Reading):
            held.close()
            self._closed()
            self._record("GET", held, "ok", started)

    async def end(self) -> None:
        """The session is over: what wasn't closed is let go of."""
        left, self._held = self._held, {}
        try:
            for held, started in left.values():
                if isinstance(held, Upload):
                    await held.abort()
                    self._record("PUT", held, "failed", started)
                elif isinstance(held, Reading):
                    held.close()
                    self._record("GET", held, "ok" if held.size >= held.entry.size else "failed", started)
        finally:
            self._work.close()

    def _closed(self) -> None:
        self._files -= 1
        if not self._files:
            self._work.close()

    def _record(self, verb: str, held: Reading | Upload, status: str, started: float) -> None:
        self._context.access(verb, held.path, status=status, user=self._user, size=held.size, started=started)
