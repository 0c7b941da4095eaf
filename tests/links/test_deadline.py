"""Deadlines that share a timer, on a virtual clock: each ends its own block, at its own moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.links import virtual
from netloom.links.deadline import TICK, Deadlines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def bounded(deadlines: Deadlines, seconds: float | None, work: Callable[[], Awaitable[object]]) -> str:
    """How a block ends, and when."""
    deadline = deadlines.begin(seconds)
    ended: BaseException | None = None
    try:
        await work()
    except BaseException as exc:
        ended = exc
    now = round(asyncio.get_running_loop().time(), 2)
    if deadline.end(ended):
        return f"too late at {now}"
    if ended is not None:
        raise ended
    return f"done at {now}"


def sleeper(seconds: float) -> Callable[[], Awaitable[object]]:
    return lambda: asyncio.sleep(seconds)


def timers() -> int:
    """Timers that the loop still has to wait for."""
    loop = asyncio.get_running_loop()
    return sum(not handle.cancelled() for handle in loop._scheduled)  # type: ignore[attr-defined]  # only the loop knows


def test_each_block_ends_in_time_or_at_its_own_deadline() -> None:
    async def main() -> None:
        deadlines = Deadlines()

        async def later(begin: float, seconds: float | None, work: float) -> str:
            await asyncio.sleep(begin)
            return await bounded(deadlines, seconds, sleeper(work))

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(later(*row))
                for row in ((0, 10, 3), (1, 10, 60), (2, 10, 9), (3, 10, 60), (3, 0.5, 60), (4, None, 100), (5, 0, 1))
            ]
        assert [task.result() for task in tasks] == [
            "done at 3.0", "too late at 11.0", "done at 11.0", "too late at 13.0", "too late at 3.5", "done at 104.0",
            "too late at 5.0",
        ]  # fmt: skip
        assert timers() == 0

    virtual.run(main())


def test_a_thousand_that_are_due_together_end_together() -> None:
    async def main() -> None:
        deadlines = Deadlines()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(bounded(deadlines, 10, sleeper(99))) for _ in range(1000)]
        assert {task.result() for task in tasks} == {"too late at 10.0"}
        assert timers() == 0

    virtual.run(main())


def test_many_share_one_timer_and_the_last_takes_it_along() -> None:
    async def main() -> None:
        deadlines = Deadlines()
        open_blocks = [deadlines.begin(10) for _ in range(100)]
        assert timers() == 1
        assert not any(deadline.end(None) for deadline in open_blocks)
        assert timers() == 0

    virtual.run(main())


def test_a_deadline_that_is_lifted_doesnt_come() -> None:
    async def main() -> None:
        deadline = Deadlines().begin(1)
        assert deadline.stands
        deadline.lift()
        deadline.lift()
        assert not deadline.stands
        await asyncio.sleep(5)
        assert not deadline.end(None)

    virtual.run(main())


def test_a_deadline_that_is_moved_comes_then() -> None:
    async def main() -> None:
        deadline = Deadlines().begin(1)
        await asyncio.sleep(0.5)
        deadline.move(2)
        with pytest.raises(asyncio.CancelledError) as caught:
            await asyncio.sleep(60)
        assert abs(asyncio.get_running_loop().time() - 2.5) <= TICK
        assert deadline.end(caught.value)
        await asyncio.sleep(1)  # the task goes on

    virtual.run(main())


def test_somebody_elses_cancelling_stays_a_cancelling() -> None:
    async def main() -> None:
        deadlines = Deadlines()
        task = asyncio.create_task(bounded(deadlines, 10, sleeper(99)))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert timers() == 0

    virtual.run(main())


def test_cancelling_from_outside_wins_over_a_deadline_in_the_same_moment() -> None:
    async def main() -> None:
        deadlines = Deadlines()
        task = asyncio.create_task(bounded(deadlines, 10, sleeper(99)))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_at(10, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    virtual.run(main())


def test_an_error_of_the_work_is_no_deadline() -> None:
    async def main() -> None:
        async def fail() -> None:
            raise KeyError("work")

        with pytest.raises(KeyError):
            await bounded(Deadlines(), 10, fail)
        assert timers() == 0

    virtual.run(main())


def test_deadlines_nest() -> None:
    async def main() -> None:
        deadlines = Deadlines()
        inner: list[str] = []

        async def work() -> None:
            inner.append(await bounded(deadlines, 1, sleeper(99)))
            await asyncio.sleep(99)

        assert await bounded(deadlines, 5, work) == "too late at 5.0"
        assert inner == ["too late at 1.0"]

    virtual.run(main())


def test_without_a_task_there_is_nothing_to_cancel() -> None:
    loop = asyncio.new_event_loop()
    failed: list[RuntimeError] = []

    def callback() -> None:
        try:
            Deadlines().begin(1)
        except RuntimeError as exc:
            failed.append(exc)
        loop.stop()

    loop.call_soon(callback)
    loop.run_forever()
    loop.close()
    assert failed
