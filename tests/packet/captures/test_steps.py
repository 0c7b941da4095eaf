"""Steps: work beside the loop, watched and stopped."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from netloom import loop
from netloom.packet.captures.steps import steps

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Work:
    """Three steps, the last of which waits to be stopped if `waits`."""

    def __init__(self, *, waits: bool = False) -> None:
        self.size = 3
        self.position = 0
        self.stopped = threading.Event()
        self.waiting = threading.Event()
        self.over = False
        self._waits = waits

    def step(self) -> bool:
        assert threading.current_thread() is not threading.main_thread()
        if self._waits and self.position == 2:
            self.waiting.set()
            self.stopped.wait()
            self.over = True
        self.position += 1
        return self.position < 3

    def cancel(self) -> None:
        self.stopped.set()


async def test_each_step_is_told() -> None:
    assert [position async for position in steps(Work())] == [1, 2, 3]


async def test_who_is_cancelled_waits_for_the_step() -> None:
    work = Work(waits=True)

    async def run() -> None:
        async for _ in steps(work):
            pass

    task = asyncio.create_task(run())
    await asyncio.to_thread(work.waiting.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.over


async def test_what_goes_wrong_is_raised() -> None:
    work = Work()
    work.size = 0

    def fail() -> bool:
        raise ValueError("no")

    work.step = fail  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="no"):
        _ = [position async for position in steps(work)]


class Prompt(Work):
    """The same, without a thread where there is no loop."""

    prompt = True
    threads: tuple[threading.Thread, ...] = ()

    def step(self) -> bool:
        self.threads += (threading.current_thread(),)
        self.position += 1
        return self.position < 3


def test_short_steps_need_no_loop() -> None:
    work = Prompt()
    seen: list[int] = []
    assert loop.begin(collected(work, seen), lambda: False)
    assert seen == [1, 2, 3]
    assert set(work.threads) == {threading.main_thread()}


def test_they_may_go_on_with_one() -> None:
    work = Prompt()
    seen: list[int] = []
    begun = collected(work, seen)
    assert not loop.begin(begun, lambda: work.position == 2)
    asyncio.run(go_on(begun))
    assert seen == [1, 2, 3]
    assert [thread is threading.main_thread() for thread in work.threads] == [True, True, False]


def test_others_ask_for_a_loop_first() -> None:
    work = Work()
    seen: list[int] = []
    begun = collected(work, seen)
    assert not loop.begin(begun, lambda: False)
    assert work.position == 0
    asyncio.run(go_on(begun))
    assert seen == [1, 2, 3]


async def collected(work: Work, seen: list[int]) -> None:
    async for position in steps(work):
        seen += [position]


async def go_on(begun: Coroutine[Any, Any, None]) -> None:
    await asyncio.get_running_loop().create_task(begun)
