"""Where a reply's body goes: into the record, to standard output, or into a file by way of a temporary name."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol

import msgspec

from netloom.errors import RemoteProtocolError, Unsupported, UsageError

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.shapes import Reply

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of a body that a record may hold; larger ones are saved to a file."""


class Sink(Protocol):
    """Takes one reply's body."""

    size: int
    body: bytes | None
    saved_to: str

    @property
    def kept(self) -> str:
        """What is kept of a body that broke off, and how to go on with it; empty where nothing is."""

    def prepare(self, client: Any) -> None:
        """Tell the client where to go on, before it asks."""

    async def take(self, reply: Reply) -> None:
        """Read the body to its end."""


def sink_for(save: str, target: Endpoint, *, resume: bool = False, suffix: str = "") -> Sink:
    """The sink that `--save` names: nothing is the record, `-` standard output, a folder or a file otherwise.

    In a folder the file is called as at the target; a `suffix` takes the place of the one it has there.
    """
    if save == "-":
        return OutputSink()
    if not save:
        if resume:
            raise UsageError("--resume goes on with a file: say which with --save")
        return MemorySink()
    place = Path(save)
    if place.is_dir() or save.endswith("/"):
        name = target.path.rsplit("/", 1)[-1] or "index"
        place = place / (name if name not in (".", "..") else "index")
        place = place.with_suffix(suffix) if suffix else place
    return FileSink(place, resume=resume)


class MemorySink:
    """Into the record, up to `BODY_LIMIT`."""

    saved_to = ""
    kept = ""

    def __init__(self, limit: int = BODY_LIMIT, hint: str = "write it to a file: --save FILE") -> None:
        self.limit = limit
        self.hint = hint
        self.size = 0
        self.body: bytes | None = None

    def prepare(self, client: Any) -> None:
        """From the beginning."""

    async def take(self, reply: Reply) -> None:
        if not reply.has_body:
            return
        chunks: list[bytes] = []
        async for chunk in reply.chunks():
            self.size += len(chunk)
            if self.size > self.limit:
                raise RemoteProtocolError(f"the body is larger than {self.limit} bytes", hint=self.hint)
            chunks.append(chunk)
        self.body = b"".join(chunks)


class OutputSink:
    """To standard output, as it comes."""

    saved_to = ""
    kept = ""
    body: bytes | None = None

    def __init__(self) -> None:
        self.size = 0

    def prepare(self, client: Any) -> None:
        """From the beginning."""

    async def take(self, reply: Reply) -> None:
        out = sys.stdout.buffer
        async for chunk in reply.chunks():
            self.size += len(chunk)
            out.write(chunk)
        out.flush()


class FileSink:
    """Into a file. What stood there stays until the whole body has come; a broken download can be gone on with."""

    body: bytes | None = None

    def __init__(self, place: Path, *, resume: bool = False) -> None:
        self.size = 0
        self.saved_to = ""
        self._place = place
        self._part = place.with_name(f".{place.name}.part")
        self._note = place.with_name(f".{place.name}.part.json")
        self._resume = resume
        self._start = 0
        self._there = 0
        self._resumable = False
        if not place.parent.is_dir():
            raise UsageError(f"there is no folder {place.parent}")

    def prepare(self, client: Any) -> None:
        """Ask for what is missing, on condition that it is still the same body."""
        self._resumable = hasattr(client, "start")
        if not self._resume:
            return
        if not hasattr(client, "start"):
            raise Unsupported("this protocol can't go on in the middle of a body", hint="leave --resume out")
        try:
            validator = msgspec.json.decode(self._note.read_bytes(), type=dict[str, str])["validator"]
            self._start = self._part.stat().st_size
            client.start, client.validator = self._start, validator
        except (OSError, msgspec.DecodeError, KeyError):
            return  # there is nothing to go on with: from the beginning

    async def take(self, reply: Reply) -> None:
        if not reply.has_body:
            return
        # Only what was asked to go on there does: where a peer alone says that a part begins, it is written from 0.
        start = self._start if int(reply.meta.get("start", 0)) == self._start else 0
        validator = str(reply.meta.get("validator", ""))
        try:
            self._resumable = self._resumable and bool(validator)
            with _opened(self._note, "wb") as file:
                file.write(msgspec.json.encode({"validator": validator}))
            with _opened(self._part, "r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                async for chunk in reply.chunks():
                    self.size += len(chunk)
                    file.write(chunk)
                    self._there = start + self.size
                file.flush()
                os.fsync(file.fileno())
            self._part.replace(self._place)
            self._note.unlink(missing_ok=True)
        except OSError as exc:
            raise UsageError(f"{self._place} can't be written: {exc.strerror}") from exc
        self.saved_to = str(self._place)

    @property
    def kept(self) -> str:
        if not self._there or self.saved_to or not self._resumable:
            return ""
        return f"{self._there} bytes of {self._place} are kept: the same with --resume goes on"


def _opened(place: Path, mode: Literal["wb", "r+b"]) -> BinaryIO:
    """A temporary file. Where others may write to the folder, a link of that name could lead anywhere."""
    return open(place, mode, opener=_without_links)


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)
