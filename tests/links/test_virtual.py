"""The virtual clock: hours in milliseconds, exactly, and a hang is an error."""

from __future__ import annotations

import asyncio
import time

import pytest

from netloom.links.virtual import run


def test_time_jumps_to_the_next_timer() -> None:
    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        seen: list[tuple[str, float]] = []

        async def after(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            seen.append((name, loop.time()))

        async with asyncio.TaskGroup() as group:
            for name, seconds in (("late", 86400.0), ("soon", 0.25), ("later", 3600.0)):
                group.create_task(after(name, seconds))
        return seen

    began = time.monotonic()
    assert run(main()) == [("soon", 0.25), ("later", 3600.0), ("late", 86400.0)]
    assert time.monotonic() - began < 60  # a hang bound: a day has passed


def test_waiting_for_nothing_is_an_error() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="everybody waits"):
        run(main())


def test_other_threads_are_not_waited_past() -> None:
    """What is ready comes before time moves."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        loop.call_soon_threadsafe(done.set)
        await done.wait()
        return loop.time()

    assert run(main()) == 0.0
