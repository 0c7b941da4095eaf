"""Two sockets joined inside the kernel: bytes that nobody looks at never come up to us (splice(2), Linux)."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import select
import socket
import threading
from typing import TYPE_CHECKING

from netloom.links.layer import Layer
from netloom.links.stream import Stream
from netloom.links.translate import lost

if TYPE_CHECKING:
    from netloom.errors import NetloomError

PIPE = 1024 * 1024
"""Bytes of the pipe between the sockets: the largest that an unprivileged process may have."""

THREADS = 256
"""Threads of the process at which nothing more is spliced: each connection takes two, for as long as it lasts."""


def possible(left: object, right: object) -> bool:
    """Whether both are plain sockets of the kernel: no layer of ours, no bound on silence, nothing left to be sent.

    Not where so many are spliced already that more threads would cost more than they save.
    """
    plain = all(isinstance(link, Stream) and _plain(link) for link in (left, right))
    return plain and hasattr(os, "splice") and threading.active_count() < THREADS


def _plain(link: Stream) -> bool:
    transport = link.transport
    return not (
        isinstance(transport, Layer)
        or link.info("socket") is None
        or link.watches_silence
        or transport.get_write_buffer_size()
    )


def ways(left: Stream, right: Stream, *, resets: bool = False) -> tuple[Way, Way]:
    """From left to right, and back: from now on only `run` may read.

    `resets`: that one is lost isn't told to the other as the end of what is said.
    """
    there, back = Way(left, right, resets=resets), Way(right, left, resets=resets)
    there.twin, back.twin = back, there
    # Only now: a stream that is emptied reads on, and what it read then would never be carried.
    for link in (left, right):
        link.transport.pause_reading()
    return there, back


async def run(there: Way, back: Way) -> None:
    """Carry bytes both ways until both sides have ended, or one can't be read any more."""
    try:
        await asyncio.gather(there.run(), back.run())
    except BaseException:
        there.stop()
        back.stop()
        raise


class Way:
    """One way, in a thread of its own that sleeps in the kernel. `unread` is why its source, `unwritten` why its target
    failed."""

    twin: Way

    def __init__(self, source: Stream, target: Stream, *, resets: bool) -> None:
        self.size = 0
        self.failed = False
        self.unread: NetloomError | None = None
        self.unwritten: NetloomError | None = None
        self._writing = False
        self._stopped = False
        self._resets = resets
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._open = True
        self._lock = threading.Lock()
        self._source = _duplicate(source)
        self._target = _duplicate(target)
        self._first = source.take_waiting()
        self._ended = source.at_eof

    async def run(self) -> None:
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
            self.twin.stop()

    def stop(self) -> None:
        """Have the thread end as soon as it would wait. Nothing is told to either side."""
        with self._lock:
            if self._open:
                self._stopped = True
                os.eventfd_write(self._wake, 1)

    def _carry(self) -> None:
        out, into = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            with contextlib.suppress(OSError):  # a user's pipes may be bounded: then a smaller one serves
                fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, PIPE)
            readable = _Poll(self._source, select.POLLIN, self._wake)
            writable = _Poll(self._target, select.POLLOUT, self._wake)
            source, target = self._source.fileno(), self._target.fileno()
            self._send_first(writable)
            while not self._ended and (taken := _splice(source, into, readable)):
                self.size += taken
                self._writing = True
                while taken:
                    taken -= _splice(out, target, writable, taken)
                self._writing = False
        except OSError:
            self.failed = True
            raise
        finally:
            os.close(out)
            os.close(into)
            self._end()

    def _end(self) -> None:
        """Tell the target that no more comes, but for what is to be reset: the kernel tells only one of both ways that
        a socket is lost, and the other finds its end."""
        if self._stopped or (self._resets and (self.failed or self.twin.failed)):
            return
        with contextlib.suppress(OSError):
            self._target.shutdown(socket.SHUT_WR)

    def _send_first(self, writable: _Poll) -> None:
        """What had come before the kernel took over."""
        rest = memoryview(self._first)
        self.size += len(rest)
        self._writing = True
        while rest:
            try:
                rest = rest[self._target.send(rest) :]
            except BlockingIOError:
                writable.wait()
        self._writing = False

    def _close(self) -> None:
        self._source.close()
        self._target.close()
        with self._lock:
            self._open = False
            os.close(self._wake)


def _splice(source: int, target: int, ready: _Poll, size: int = PIPE) -> int:
    while True:
        try:
            return os.splice(source, target, size, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)  # type: ignore[attr-defined, no-any-return, unused-ignore]  # Linux
        except BlockingIOError:
            ready.wait()


class _Poll:
    """Waits for a socket, or to be woken."""

    def __init__(self, sock: socket.socket, events: int, wake: int) -> None:
        self._wake = wake
        self._poll = select.poll()
        self._poll.register(sock, events)
        self._poll.register(wake, select.POLLIN)

    def wait(self) -> None:
        """Raises InterruptedError where it is woken."""
        if any(number == self._wake for number, _ in self._poll.poll()):
            raise InterruptedError


def _duplicate(link: Stream) -> socket.socket:
    """The transport keeps its socket; we work on the same one under another number."""
    return socket.socket(fileno=os.dup(link.info("socket").fileno()))
