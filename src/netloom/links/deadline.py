"""Deadlines for blocks of work: what `asyncio.timeout` does, with one timer for all that are equally long."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

TICK = 0.001
"""Seconds that a deadline may come early: event loops count in milliseconds."""


class Deadlines:
    """The deadlines of one event loop.

    Many probes have the same deadline, and hardly any meets it: a timer for each, set and cancelled, would be a tenth
    of a TCP probe's whole cost.
    """

    def __init__(self) -> None:
        self._queues: dict[float, _Queue] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that runs. It is asked for once: to ask costs a system call before Python 3.12."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def begin(self, seconds: float | None) -> Deadline:
        """From now on the current task has so many seconds (None: any)."""
        return Deadline(self, seconds)

    def join(self, deadline: Deadline, seconds: float) -> _Queue:
        """Put a deadline in the queue of those that are equally long."""
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = _Queue(self.loop, seconds)
        queue.join(deadline)
        return queue


class Deadline:
    """One block's. `end` must be called when the block is left, however it is left."""

    __slots__ = ("_before", "_deadlines", "_queue", "_task", "due", "over")

    def __init__(self, deadlines: Deadlines, seconds: float | None) -> None:
        task = asyncio.current_task(deadlines.loop)
        if task is None:
            raise RuntimeError("a deadline needs a task that it can cancel")
        self._task = task
        self._before = task.cancelling()
        self._deadlines = deadlines
        self.due = 0.0
        self.over = False
        self._queue = deadlines.join(self, seconds) if seconds is not None else None

    @property
    def stands(self) -> bool:
        """Whether there is a deadline: it may have been lifted."""
        return self._queue is not None

    def lift(self) -> None:
        """There is no deadline any more."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.leave(self)

    def move(self, seconds: float) -> None:
        """So many seconds from now on."""
        self.lift()
        self._queue = self._deadlines.join(self, seconds)

    def expire(self) -> None:
        """Cancel the task: the block ends with CancelledError, which `end` tells from somebody else's."""
        self._queue = None
        self.over = True
        self._task.cancel()

    def end(self, exc: BaseException | None) -> bool:
        """Whether what ends the block, `exc`, is the deadline and nothing else (as `asyncio.timeout` decides it)."""
        self.lift()
        return self.over and self._task.uncancel() <= self._before and isinstance(exc, asyncio.CancelledError)


class _Queue:
    """Those of one length, so in the order in which they are due. The timer is the first one's, or an older one's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._waiting: OrderedDict[Deadline, None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def join(self, deadline: Deadline) -> None:
        deadline.due = self._loop.time() + self._seconds
        self._waiting[deadline] = None
        if self._timer is None:
            self._timer = self._loop.call_at(deadline.due, self._look)

    def leave(self, deadline: Deadline) -> None:
        del self._waiting[deadline]
        if not self._waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = self._loop.time() + TICK
        self._timer = None
        while self._waiting:
            first = next(iter(self._waiting))
            if first.due > now:
                self._timer = self._loop.call_at(first.due, self._look)
                return
            del self._waiting[first]
            first.expire()
