"""Two sockets joined inside the kernel: bytes that nobody looks at never come up to us (splice(2), Linux)."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import select
import socket
import threading
from typing import TYPE_CHECKING, Any

from netloom.links.layer import Layer
from netloom.links.stream import Stream
from netloom.links.translate import lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.errors import NetloomError

PIPE = 1024 * 1024
"""Bytes of the pipe between the sockets: the largest that an unprivileged process may have."""


def possible(left: object, right: object) -> bool:
    """Whether both are plain sockets of the kernel: no layer of ours, no bound on silence, nothing left to be sent."""
    return hasattr(os, "splice") and all(isinstance(link, Stream) and _plain(link) for link in (left, right))


def _plain(link: Stream) -> bool:
    transport = link.transport
    return not (
        isinstance(transport, Layer)
        or link.info("socket") is None
        or link.watches_silence
        or transport.get_write_buffer_size()
    )


def ways(left: Stream, right: Stream) -> tuple[Way, Way]:
    """From left to right, and back: from now on only `run` may read."""
    there, back = Way(left, right), Way(right, left)
    # Only now: a stream that is emptied reads on, and what it read then would never be carried.
    for link in (left, right):
        link.transport.pause_reading()
    return there, back


async def run(there: Way, back: Way) -> None:
    """Carry bytes both ways until both sides have ended, or one can't be read any more."""
    try:
        await asyncio.gather(there.run(back.stop), back.run(there.stop))
    except BaseException:
        there.stop()
        back.stop()
        raise


class Way:
    """One way, in a thread of its own that sleeps in the kernel. `unread` is why its source, `unwritten` why its target
    failed."""

    def __init__(self, source: Stream, target: Stream) -> None:
        self.size = 0
        self.unread: NetloomError | None = None
        self.unwritten: NetloomError | None = None
        self._writing = False
        self._stopped = False
        self._source = _duplicate(source)
        self._target = _duplicate(target)
        self._first = source.take_waiting()
        self._ended = source.at_eof

    async def run(self, stop_other: Callable[[], None]) -> None:
        """Until the source ends. Where it can't be read any more, nothing can be said to it either."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[NetloomError | None] = loop.create_future()

        def settle(error: NetloomError | None) -> None:
            if not done.done():
                done.set_result(error)

        def work() -> None:
            error: NetloomError | None = None
            try:
                self._carry()
            except OSError as exc:
                error = lost(exc)
            finally:
                self._close()
            with contextlib.suppress(RuntimeError):  # the loop may have ended
                loop.call_soon_threadsafe(settle, error)

        thread = threading.Thread(target=work, name="splice", daemon=True)
        thread.start()
        error = await done
        thread.join()  # to tell was the last that it had to do
        if error is None or self._stopped:
            return
        if self._writing:
            self.unwritten = error
        else:
            self.unread = error
            stop_other()

    def stop(self) -> None:
        """Wake the thread: a socket that is shut down is at its end."""
        self._stopped = True
        for sock in (self._source, self._target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _carry(self) -> None:
        out, into = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            with contextlib.suppress(OSError):  # a user's pipes may be bounded: then a smaller one serves
                fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE)
            readable, writable = _poll(self._source, select.POLLIN), _poll(self._target, select.POLLOUT)
            source, target = self._source.fileno(), self._target.fileno()
            self._send_first(writable)
            while not self._ended and (taken := _splice(source, into, readable)):
                self.size += taken
                self._writing = True
                while taken:
                    taken -= _splice(out, target, writable, taken)
                self._writing = False
        finally:
            os.close(out)
            os.close(into)
            with contextlib.suppress(OSError):
                self._target.shutdown(socket.SHUT_WR)

    def _send_first(self, writable: Any) -> None:
        """What had come before the kernel took over."""
        rest = memoryview(self._first)
        self.size += len(rest)
        self._writing = True
        while rest:
            try:
                rest = rest[self._target.send(rest) :]
            except BlockingIOError:
                writable.poll()
        self._writing = False

    def _close(self) -> None:
        self._source.close()
        self._target.close()


def _splice(source: int, target: int, ready: Any, size: int = PIPE) -> int:
    while True:
        try:
            return os.splice(source, target, size, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)  # type: ignore[attr-defined, no-any-return, unused-ignore]  # Linux
        except BlockingIOError:
            ready.poll()


def _poll(sock: socket.socket, events: int) -> Any:
    poll = select.poll()
    poll.register(sock, events)
    return poll


def _duplicate(link: Stream) -> socket.socket:
    """The transport keeps its socket; we work on the same one under another number."""
    return socket.socket(fileno=os.dup(link.info("socket").fileno()))
