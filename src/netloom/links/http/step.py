"""A coroutine's first step at once, the rest of it in a task: what answers without waiting needs no turn of the loop.

It uses what asyncio documents for those who extend it (`_enter_task`, `_leave_task`: "Task lifetime support"), so that
`asyncio.timeout`, task groups and `current_task` work from the first step on.
"""

from __future__ import annotations

import asyncio
import types
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import Any

Work = tuple[Coroutine[Any, Any, None], Context, Any]
"""A coroutine that waits: itself, its context variables, and what it waits for."""


def begin(coroutine: Coroutine[Any, Any, None], variables: Context, task: asyncio.Task[Any]) -> Work | None:
    """Run a coroutine as `task` until it has to wait; None where it ended. Raises what it raises.

    It runs inside a callback of the loop, or in the task itself. In another task nothing is run yet.
    """
    loop = task.get_loop()
    current = asyncio.current_task(loop)
    if current is not None and current is not task:
        return coroutine, variables, None
    if current is None:
        _enter_task(loop, task)
    try:
        return coroutine, variables, variables.run(coroutine.send, None)
    except StopIteration:
        return None
    finally:
        if current is None:
            _leave_task(loop, task)


@types.coroutine
def proceed(work: Work, error: BaseException | None = None) -> Generator[Any, Any, None]:
    """Await the rest, in the task that `begin` was told. With `error` the coroutine gets that instead of its answer."""
    coroutine, variables, awaited = work
    value: Any = None
    while True:
        if error is None:
            try:
                value = yield awaited
            except BaseException as exc:  # whatever it is, it is the coroutine's: cancelling above all
                error = exc
        try:
            if error is None:
                awaited = variables.run(coroutine.send, value)
            else:
                thrown, error = error, None
                awaited = variables.run(coroutine.throw, thrown)
        except StopIteration:
            return
