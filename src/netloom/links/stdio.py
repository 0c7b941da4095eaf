"""Standard input and output as a link."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 64 * 1024


class StandardStreams:
    """What is typed or piped in, and what is shown. Reading happens in a thread that nobody waits for at the end."""

    def __init__(self, input_fd: int | None = None, write: Callable[[bytes], None] | None = None) -> None:
        self._fd = sys.stdin.fileno() if input_fd is None else input_fd
        self._write = write or _to_stdout
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(16)
        self._started = False

    async def read(self) -> bytes:
        """Some bytes; empty at the end of the input."""
        if not self._started:
            self._started = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._pump, args=(loop,), name="standard input", daemon=True).start()
        return await self._queue.get()

    async def write(self, data: bytes) -> None:
        """Show at once."""
        self._write(data)

    async def write_eof(self) -> None:
        """The other side has ended. The output stays open; at a terminal nobody waits for what is typed any more."""
        if self.is_terminal and not self._queue.full():
            self._queue.put_nowait(b"")

    @property
    def is_terminal(self) -> bool:
        """Whether somebody types."""
        return os.isatty(self._fd)

    @contextlib.contextmanager
    def raw(self, resize: Callable[[int, int], None]) -> Iterator[None]:
        """While inside, each key goes to the other side as it is: a terminal there echoes it, and knows our size.

        Does nothing where nobody types.
        """
        if not self.is_terminal:
            yield
            return
        import termios
        import tty

        loop = asyncio.get_running_loop()
        before = termios.tcgetattr(self._fd)
        tty.setraw(self._fd)
        loop.add_signal_handler(signal.SIGWINCH, lambda: resize(*os.get_terminal_size(self._fd)))
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGWINCH)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, before)

    def _pump(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            try:
                data = os.read(self._fd, CHUNK)
            except OSError:
                data = b""
            try:
                asyncio.run_coroutine_threadsafe(self._queue.put(data), loop).result()
            except (RuntimeError, asyncio.CancelledError):
                return  # the loop has ended
            if not data:
                return


def _to_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
