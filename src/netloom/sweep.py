"""One piece of work over many targets: bounded concurrency, a rate limit, progress, clean cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sized
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox

T = TypeVar("T")


async def sweep(
    targets: Iterable[T],
    work: Callable[[T], Awaitable[None]],
    toolbox: Toolbox,
    *,
    concurrency: int = 50,
    rate: float = 0.0,
) -> None:
    """Do `work` for each target, at most `concurrency` at once and `rate` begun a second (0: as fast as it goes).

    The targets are taken one by one, so an endless iterable is fine. An error that `work` raises ends the sweep.
    """
    total = len(targets) if isinstance(targets, Sized) else None
    queue = iter(targets)
    loop = asyncio.get_running_loop()
    done = 0
    due = loop.time()

    async def worker() -> None:
        nonlocal done, due
        for target in queue:
            if rate:
                due = max(due, loop.time()) + 1.0 / rate
                await asyncio.sleep(due - 1.0 / rate - loop.time())
            await work(target)
            done += 1
            toolbox.progress("targets", done, total)

    toolbox.progress("targets", 0, total)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, total) if total is not None else concurrency):
                group.create_task(worker())
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
