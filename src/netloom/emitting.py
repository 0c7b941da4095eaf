"""Emitting: from an operation that hands over records one by one to whoever reads them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from netloom import loop
from netloom.records import Record

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator

QUEUE = 256
"""Records that may wait between an operation and whoever reads them; or that pass until others have their turn."""

Emit = Callable[[Record], Awaitable[None]]
Work = Callable[[Emit], Coroutine[Any, Any, None]]
"""A coroutine function: an operation at work."""


class Stop:
    """Stops work that somebody reads. What it tells of while it ends is still read, and then nothing is left."""

    def __init__(self) -> None:
        self.asked = False
        self._task: asyncio.Task[None] | None = None

    def of(self, task: asyncio.Task[None]) -> None:
        """This is the task that does the work."""
        self._task = task

    def ask(self) -> bool:
        """Stop it, on its loop; whether there was any that can be stopped so."""
        if self._task is None:
            return False
        self.asked = True
        self._task.cancel()
        return True


async def records_of_task(work: Work, stop: Stop | None = None) -> AsyncGenerator[Record, None]:
    """Do the work in a task of its own and give its records as they come, `QUEUE` at most ahead of their reader.

    Whoever stops reading ends the work; it is over when the generator is closed. What it emits then is refused with
    CancelledError: nobody would hear of it.
    """
    import asyncio

    records: asyncio.Queue[Record | None] = asyncio.Queue()
    room = asyncio.Semaphore(QUEUE)
    read = True

    async def emit(record: Record) -> None:
        if not read:
            raise asyncio.CancelledError
        try:
            await room.acquire()
        finally:  # whoever is stopped while it waits for room has told this, too
            records.put_nowait(record)

    task = asyncio.create_task(work(emit))
    task.add_done_callback(lambda _: records.put_nowait(None))
    stop = stop or Stop()
    stop.of(task)
    try:
        while (record := await records.get()) is not None:
            room.release()
            yield record
        if not (stop.asked and task.cancelled()):
            await task
    finally:
        read = False
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # it was raised above, or nobody reads on


class _Emitted:
    """What an operation awaits to hand over a record: it goes down to whoever drives the operation."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def __await__(self) -> Generator[_Emitted, None, None]:
        yield self


class _Waited:
    """What an operation waits for, handed down to the loop, if there is one, or to whoever began by hand."""

    def __init__(self, awaited: Any) -> None:
        self._awaited = awaited

    def __await__(self) -> Generator[Any, None, None]:
        yield self._awaited


async def _emit(record: Record) -> None:
    await _Emitted(record)


async def records_in_turn(work: Work) -> AsyncGenerator[Record, None]:
    """Do the work here, without a task or a queue: it stands still while its reader is at work.

    It has to emit from its own coroutine. Whoever stops reading ends it; it is over when the generator is closed.
    """
    driven = _Driven(work(_emit))
    passed = 0
    try:
        while (record := await driven.next()) is not None:
            yield record
            passed += 1
            if passed % QUEUE == 0:
                await loop.turn()
    finally:
        await driven.end()


class _Driven:
    """A coroutine that is driven from record to record."""

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._over = False
        self._heard: BaseException | None = None

    async def next(self, error: BaseException | None = None) -> Record | None:
        """Its next record, or None at its end. An error is raised where it stands."""
        while True:
            try:
                awaited = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
            except StopIteration:
                self._over = True
                return None
            except BaseException:
                self._over = True
                raise
            if type(awaited) is _Emitted:
                return awaited.record
            try:
                await _Waited(awaited)
            except BaseException as raised:  # whatever it is, such as being cancelled: the work is who waits
                error = self._heard = raised
            else:
                error = None

    async def end(self) -> None:
        """End it as a task is cancelled. What it raises then nobody reads; only who cancels us meanwhile is heard."""
        if self._over:
            return
        from asyncio import CancelledError

        error: BaseException | None = CancelledError()
        try:
            while await self.next(error) is not None:
                error = None
        except BaseException as raised:
            if raised is self._heard and isinstance(raised, CancelledError):
                raise
