from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import pytest

from netloom.links.http.step import begin, proceed

variable = contextvars.ContextVar("variable", default=0)


async def owner(work: list[Any], ready: asyncio.Event) -> None:
    """The task whose coroutine is stepped elsewhere."""
    await ready.wait()
    if work and work[0] is not None:
        await proceed(work[0])


async def stepped(coroutine: Any) -> None:
    """Take the first step in a callback of the loop, and the rest in a task."""
    loop = asyncio.get_running_loop()
    work: list[Any] = []
    ready = asyncio.Event()
    task = asyncio.create_task(owner(work, ready))
    failed: list[BaseException] = []

    def step() -> None:
        try:
            work.append(begin(coroutine, contextvars.copy_context(), task))
        except Exception as exc:
            failed.append(exc)
        ready.set()

    loop.call_soon(step)
    await task
    if failed:
        raise failed[0]


async def test_one_that_doesnt_wait_ends_at_once() -> None:
    ran: list[Any] = []

    async def work() -> None:
        ran.append(asyncio.current_task())

    async with asyncio.timeout(5.0):
        await stepped(work())
    assert len(ran) == 1
    assert ran[0] is not None
    assert ran[0] is not asyncio.current_task()


async def test_one_that_waits_goes_on_in_the_same_task_and_context() -> None:
    seen: list[Any] = []

    async def work() -> None:
        token = variable.set(1)
        seen.append(asyncio.current_task())
        async with asyncio.timeout(5.0):
            await asyncio.sleep(0.001)
        seen.append(asyncio.current_task())
        seen.append(variable.get())
        variable.reset(token)

    await stepped(work())
    assert seen[0] is seen[1]
    assert seen[2] == 1
    assert variable.get() == 0


async def test_a_timeout_in_it_fires() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60.0)

    with pytest.raises(TimeoutError):
        await stepped(work())


async def test_a_task_group_in_it_works() -> None:
    done: list[int] = []

    async def child(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(child(number))

    await stepped(work())
    assert done == [0, 1, 2]


@pytest.mark.parametrize("after", [0, 1])
async def test_what_it_raises_is_raised(after: int) -> None:
    async def work() -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stepped(work())


async def test_it_is_cancelled_with_its_task() -> None:
    cleaned = asyncio.Event()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60.0)
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    stepping = asyncio.create_task(stepped(work()))
    await begun.wait()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stepping.cancel()
    await asyncio.wait({stepping})
    assert cleaned.is_set()


async def test_in_another_task_nothing_is_run_yet() -> None:
    ran: list[int] = []

    async def work() -> None:
        ran.append(1)

    other = asyncio.create_task(asyncio.sleep(0))
    begun = begin(work(), contextvars.copy_context(), other)
    assert begun is not None
    assert ran == []
    await proceed(begun)
    assert ran == [1]
    await other
