"""Standard output: bytes leave at once where that doesn't block, otherwise in a thread, so that timings hold."""

from __future__ import annotations

import os
import select
import sys

from netloom import loop
from netloom.errors import NetloomError

_AT_ONCE = select.PIPE_BUF
"""What a pipe takes whole when it is said to be writable."""
_SMALL = 16 * _AT_ONCE
"""What is written piece by piece as long as it is taken at once; what is larger is for a thread from the beginning."""


class PipeClosed(Exception):  # it is no error: nobody reads on
    """The reader has gone."""


class Spout:
    """Writes to a file descriptor. `encoding` is for text."""

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    async def write(self, text: str | bytes) -> None:
        """Write all of it. Raises PipeClosed, and NetloomError for a full disk and its like."""
        data = text if isinstance(text, bytes) else encoded(text, self._encoding)
        if not data:
            return
        left = memoryview(data)
        while left and len(data) <= _SMALL and self._poll.poll(0):
            self._write(left[:_AT_ONCE])
            left = left[_AT_ONCE:]
        if left:
            running = await loop.needed()
            await running.run_in_executor(None, self._write, left)

    def _write(self, data: bytes | memoryview) -> None:
        left = memoryview(data)
        try:
            while left:
                try:
                    left = left[os.write(self._descriptor, left) :]
                except BlockingIOError:  # whoever started us has made it non-blocking
                    self._poll.poll()
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as exc:
            raise NetloomError(f"standard output can't be written: {exc.strerror}") from exc


def standard_output() -> Spout:
    """The process's own; where it was closed before we began, nothing is written."""
    if sys.stdout is None:
        return Spout(os.open(os.devnull, os.O_WRONLY), "utf-8")
    sys.stdout.flush()
    encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
    return Spout(sys.stdout.fileno(), encoding or "utf-8")


_PLAIN = str.maketrans({"…": "...", "·": "-", "→": "->", "µ": "u", "•": "*", "↑": "^"})


def encoded(text: str, encoding: str) -> bytes:
    """The text in the letters that an encoding has: three dots where there is no ellipsis; others are escaped."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace")


def put(text: str) -> None:
    """Write a page to standard output. Raises PipeClosed, and NetloomError for a full disk and its like."""
    if sys.stdout is None:
        return
    try:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(encoded(text, encoding).decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise PipeClosed from None
    except OSError as exc:
        raise NetloomError(f"standard output can't be written: {exc.strerror}") from exc
