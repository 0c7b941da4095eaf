"""Background: the one event loop on which scripts wait for what is asynchronous."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from netloom import loop
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")


class Background:
    """The one event loop, in a thread of its own, that scripts run on."""

    def __init__(self) -> None:
        self._loop = loop.new()
        self._thread = threading.Thread(target=self._loop.run_forever, name="netloom", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T], *, briefly: bool = False) -> T:
        """Do it there and wait here; Ctrl-C cancels it and waits until it is over, a second one doesn't wait.

        Inside a running loop only what takes so `briefly` that it may stop.
        """
        if not briefly and loop.running():
            work.close()
            raise UsageError(
                "a blocking call inside a running event loop would stop it",
                hint="write `async for`, `async with` or `await` here",
            )
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = self._loop.create_task(_plain(work))
            task.add_done_callback(lambda done: _hand_over(done, outcome))
            tasks.append(task)

        self._loop.call_soon_threadsafe(begin)
        try:
            return outcome.result()
        except KeyboardInterrupt:
            self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
            outcome.exception()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the loop."""

        async def inside() -> T:
            return function()

        return self.wait(inside(), briefly=True)


async def _plain(work: Awaitable[T]) -> T:
    return await work


def _hand_over(done: asyncio.Task[T], outcome: concurrent.futures.Future[T]) -> None:
    if done.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif (error := done.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(done.result())


_background: Background | None = None
_starting = threading.Lock()


def background() -> Background:
    """The background loop, started when it is first needed."""
    global _background  # noqa: PLW0603  # one loop a process is the point
    with _starting:
        if _background is None:
            _background = Background()
    return _background
