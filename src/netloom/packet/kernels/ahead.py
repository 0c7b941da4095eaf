"""Ahead: batches that are read and walked through on another core, while the last one is looked at.

Kernels, and what decompresses, leave Python to other threads meanwhile.
"""

from __future__ import annotations

import os
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from netloom.packet.kernels.batches import Batch, Buffer, Dissector, Walker
from netloom.packet.kernels.memory import aligned
from netloom.packet.kernels.rows import BATCH, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.captures import Capture
    from netloom.packet.kernels.call import Array

BUFFERS, BATCHES = 3, 4
"""What there is of each: one is filled, one looked at, and the others wait."""
ENOUGH = 1 << 23
"""Octets of a capture that are worth a thread."""


def worthwhile(capture: Capture) -> bool:
    """Whether there is another core, and more to read than a few batches; nobody knows what a pipe will bring."""
    return len(os.sched_getaffinity(0)) > 1 and ("-" in capture.paths or capture.size > ENOUGH)


class _Stopped(Exception):
    """Somebody has seen enough."""


class _Turns:
    """Buffers that take turns: one is free again when nobody looks at it."""

    def __init__(self) -> None:
        self._free: SimpleQueue[Buffer | None] = SimpleQueue()
        self._lock = Lock()
        for _ in range(BUFFERS):
            self._free.put(Buffer())

    def next(self, buffer: Buffer | None) -> Buffer:  # noqa: ARG002 - others go on with the same
        free = self._free.get()
        if free is None:
            raise _Stopped
        free.users = 1
        return free

    def hold(self, buffer: Buffer) -> None:
        with self._lock:
            buffer.users += 1

    def leave(self, buffer: Buffer) -> None:
        with self._lock:
            buffer.users -= 1
            if buffer.users:
                return
        self._free.put(buffer)

    def stop(self) -> None:
        self._free.put(None)


class Ahead:
    """All frames of a capture in batches, each valid until the next one is asked for.

    With keys they come dissected and hashed, for somebody who has more to do than that; without, as they were walked
    through.
    """

    def __init__(self, capture: Capture, keys: Array | None = None) -> None:
        self._capture = capture
        self._keys = keys
        self._turns = _Turns()
        self._rows: SimpleQueue[Array | None] = SimpleQueue()
        for _ in range(BATCHES):
            self._rows.put(aligned(BATCH * ROW))
        self._full: SimpleQueue[tuple[int, Buffer, Array] | BaseException | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="netloom reads ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Batch]:
        while (found := self._full.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            size, buffer, rows = found
            yield Batch(size, buffer.data, rows, self._keys)
            self._rows.put(rows)
            self._turns.leave(buffer)

    def close(self) -> None:
        """Read no more; again does nothing. Whoever waits for octets has been cancelled before."""
        self._rows.put(None)
        self._turns.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._read()
        except _Stopped:
            self._full.put(None)
        except BaseException as error:
            # Whoever asks for the next batch gets it
            self._full.put(error)
        else:
            self._full.put(None)

    def _read(self) -> None:
        dissect = Dissector(self._keys) if self._keys is not None else None
        for part in self._capture.parts():
            if part.note is not None:
                continue
            rows = self._free_rows()
            walker = Walker(part, self._turns)
            while size := walker.walk(rows):
                buffer = walker.buffer
                if dissect is not None:
                    dissect(Batch(size, buffer.data, rows))
                self._turns.hold(buffer)
                self._full.put((size, buffer, rows))
                rows = self._free_rows()
            walker.close()
            self._rows.put(rows)

    def _free_rows(self) -> Array:
        rows = self._rows.get()
        if rows is None:
            raise _Stopped
        return rows
