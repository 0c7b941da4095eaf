"""Work that is begun by hand, and goes on as a task of a loop when it needs one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom import loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine


def never() -> bool:
    return False


def go_on(work: Coroutine[Any, Any, None]) -> None:
    """The rest of it, on a loop."""

    async def main() -> None:
        await asyncio.get_running_loop().create_task(work)

    asyncio.run(main())


def test_what_waits_for_nothing_needs_no_loop() -> None:
    seen: list[int] = []

    async def work() -> None:
        for number in range(3):
            seen.append(number)
            await loop.turn()

    assert loop.begin(work(), never)
    assert seen == [0, 1, 2]


def test_what_has_to_wait_goes_on_where_it_was() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append("before")
        running = await loop.needed()
        assert running is asyncio.get_running_loop()
        await asyncio.sleep(0)
        assert await loop.needed() is running
        seen.append("after")

    begun = work()
    assert not loop.begin(begun, never)
    assert seen == ["before"]
    go_on(begun)
    assert seen == ["before", "after"]


def test_who_began_it_may_have_enough_at_any_turn() -> None:
    seen: list[int] = []

    async def work() -> None:
        for number in range(5):
            seen.append(number)
            await loop.turn()

    begun = work()
    assert not loop.begin(begun, lambda: len(seen) == 2)
    assert seen == [0, 1]
    go_on(begun)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("ask", [loop.needed, loop.turn])
def test_what_is_cancelled_before_it_goes_on_hears_it_there(ask: Callable[[], Awaitable[object]]) -> None:
    heard: list[bool] = []

    async def work() -> None:
        try:
            await ask()
        except BaseException as error:
            heard.append(loop.cancelled(error))
            raise

    async def main(begun: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(begun)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    begun = work()
    assert not loop.begin(begun, lambda: True)
    asyncio.run(main(begun))
    assert heard == [True]


def test_an_error_is_raised_where_it_was_begun() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no") as raised:
        loop.begin(work(), never)
    assert not loop.cancelled(raised.value)


async def test_on_a_loop() -> None:
    assert loop.running()
    await loop.turn()
    assert await loop.needed() is asyncio.get_running_loop()
    assert not await asyncio.to_thread(loop.running)


def test_nothing_is_imported_to_find_out() -> None:
    code = (
        "import sys; from netloom import loop; assert not loop.running(); assert not loop.cancelled(OSError());"
        "print('asyncio' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"


def test_a_new_one_is_the_callers() -> None:
    made = loop.new()
    try:
        assert not made.is_running()
        assert made.run_until_complete(asyncio.sleep(0, "done")) == "done"
    finally:
        made.close()
