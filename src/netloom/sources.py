"""What is sent: text given as it is, a file's bytes, or standard input, read as it is needed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 256 * 1024


def chunks_of(source: str) -> AsyncIterator[bytes]:
    """The bytes of a file, or of standard input for `-`. Raises UsageError at once for a file that isn't there."""
    if source == "-":
        return _pieces(None)
    place = Path(source)
    if not place.is_file():
        raise UsageError(f"there is no file {source}", hint="give a file's path, or - for standard input")
    return _pieces(place)


def size_of(source: str) -> int | None:
    """How many bytes a file has; None where that isn't known beforehand."""
    return Path(source).stat().st_size if source != "-" and Path(source).is_file() else None


async def _pieces(place: Path | None) -> AsyncIterator[bytes]:
    try:
        file = place.open("rb") if place is not None else sys.stdin.buffer
    except OSError as exc:
        raise UsageError(f"{place} can't be read: {exc.strerror}") from exc
    try:
        # Standard input may be a terminal or a slow pipe: reading it must not stop everything else.
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        if place is not None:
            file.close()


def payload_of(text: str) -> bytes:
    """A message: `@FILE` is a file's bytes, `-` standard input, anything else the text itself."""
    if text == "-":
        return sys.stdin.buffer.read()
    if not text.startswith("@"):
        return text.encode(errors="surrogateescape")  # an argument's bytes that aren't UTF-8 are what they were
    try:
        return Path(text[1:]).read_bytes()
    except OSError as exc:
        raise UsageError(
            f"{text[1:]} can't be read: {exc.strerror}", hint="a text that begins with @ names a file"
        ) from exc
