"""What is sent: text given as it is, a file's bytes, or standard input, read as it is needed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.conversion import Conversion

CHUNK = 256 * 1024


def chunks_of(source: str) -> AsyncIterator[bytes]:
    """The bytes of a file, or of standard input for `-`. Raises UsageError at once for a file that isn't there."""
    if source == "-":
        return standard_input()
    place = Path(source)
    if not place.is_file():
        raise UsageError(f"there is no file {source}", hint="give a file's path, or - for standard input")
    return _pieces(place)


def size_of(source: str) -> int | None:
    """How many bytes a file has; None where that isn't known beforehand."""
    return Path(source).stat().st_size if source != "-" and Path(source).is_file() else None


async def converted(source: str, conversion: Conversion) -> tuple[AsyncIterator[bytes], int]:
    """The bytes of a file or of standard input in another format, all there before any is sent, and how many.

    Raises UsageError for what can't be read, and Unsupported for what the format can't hold.
    """
    from netloom.formats import LIMIT

    size = size_of(source)
    if size is not None and size > LIMIT:
        raise UsageError(f"{source} has more than {LIMIT} bytes, and a value is whole in memory")
    try:
        data = await whole(source)
    except OSError as exc:
        raise UsageError(f"{source} can't be read: {exc.strerror}") from exc
    made = await _converted(data, source, conversion)
    return _once(made), len(made)


async def payload_of(text: str, conversion: Conversion | None = None) -> bytes:
    """A message: `@FILE` is a file's bytes, `-` standard input, anything else the text itself."""
    if text == "-" or not text.startswith("@"):
        # an argument's bytes that aren't UTF-8 are what they were
        data = await whole("-") if text == "-" else text.encode(errors="surrogateescape")
        return data if conversion is None else await _converted(data, "-" if text == "-" else "", conversion)
    try:
        data = await whole(text[1:])
    except OSError as exc:
        raise UsageError(
            f"{text[1:]} can't be read: {exc.strerror}", hint="a text that begins with @ names a file"
        ) from exc
    return data if conversion is None else await _converted(data, text[1:], conversion)


async def _converted(data: bytes, source: str, conversion: Conversion) -> bytes:
    """`source` is the file's name, where it is one: its suffix tells what it is in."""
    try:
        return await conversion.body(data, name=source)
    except RemoteProtocolError as error:  # of ours: no peer has said anything
        shown = {"": "the message", "-": "standard input"}.get(source, source)
        raise UsageError(f"{shown}: {error.message}", hint=error.hint) from None


async def whole(source: str) -> bytes:
    """All of a file, or of standard input for `-`. Raises OSError."""
    if source == "-":
        return b"".join([chunk async for chunk in standard_input()])
    read = Path(source).read_bytes
    return await _apart(read) if _may_wait(source) else read()


def _may_wait(source: str) -> bool:
    """Whether it is a pipe or a terminal."""
    place = Path(source)
    return place.exists() and not place.is_file()


async def standard_input() -> AsyncIterator[bytes]:
    """What is typed or piped in, as it comes. What others have taken from it and not used isn't seen."""
    try:
        number = sys.stdin.buffer.fileno()
    except (OSError, ValueError):  # something in memory stands in for it
        yield sys.stdin.buffer.read()
        return
    while chunk := await _apart(lambda: os.read(number, CHUNK)):
        yield chunk


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _pieces(place: Path) -> AsyncIterator[bytes]:
    try:
        file = place.open("rb")
    except OSError as exc:
        raise UsageError(f"{place} can't be read: {exc.strerror}") from exc
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


async def _apart(read: Callable[[], bytes]) -> bytes:
    """What a read gives that may wait for as long as it likes: in a thread for which nobody waits, neither a signal's
    handler nor the end of the process."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[bytes] = loop.create_future()

    def settle(data: bytes, error: OSError | None) -> None:
        if result.done():
            return
        if error is None:
            result.set_result(data)
        else:
            result.set_exception(error)

    def work() -> None:
        data, error = b"", None
        try:
            data = read()
        except OSError as exc:
            error = exc
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, data, error)

    threading.Thread(target=work, name="reading", daemon=True).start()
    return await result
