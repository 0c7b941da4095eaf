"""Sweeps: bounded concurrency, a rate, progress, and one end for all."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from netloom.errors import UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.sweep import sweep
from netloom.toolbox import Toolbox
from tests.worlds import elapsed


async def _nobody(record: object) -> None:
    """Nobody reads."""


def tools(**fields: Any) -> Toolbox:
    return Toolbox(_nobody, network=MemoryNetwork(), **fields)


@pytest.mark.parametrize(("concurrency", "seconds"), [(1, 10), (3, 4), (10, 1), (100, 1)])
def test_so_many_at_once(concurrency: int, seconds: int) -> None:
    at_work = most = 0
    done: list[int] = []

    async def work(target: int) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(1)
        at_work -= 1
        done.append(target)

    async def main() -> None:
        await sweep(range(10), work, tools(), concurrency=concurrency)
        assert elapsed() == seconds

    run(main())
    assert most == min(concurrency, 10)
    assert sorted(done) == list(range(10))


def test_so_many_a_second() -> None:
    begun: list[float] = []

    async def work(target: int) -> None:
        begun.append(elapsed())
        await asyncio.sleep(2)

    async def main() -> None:
        await sweep(range(6), work, tools(), concurrency=50, rate=4)

    run(main())
    assert begun == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.25])


def test_a_rate_is_no_debt() -> None:
    """Whoever was slow doesn't make up for it in a burst."""
    begun: list[float] = []

    async def work(target: int) -> None:
        begun.append(elapsed())
        await asyncio.sleep(10 if target == 0 else 0)

    async def main() -> None:
        await sweep(range(4), work, tools(), concurrency=1, rate=1)

    run(main())
    assert begun == pytest.approx([0, 10, 11, 12])


def test_progress() -> None:
    told: list[Any] = []

    async def work(target: int) -> None:
        await asyncio.sleep(target)

    async def main() -> None:
        await sweep([1, 2, 3], work, tools(progress=lambda *what: told.append(what)))
        await sweep(iter([1]), work, tools(progress=lambda *what: told.append(what)))

    run(main())
    assert [done for what, done, total in told if total == 3] == [0, 1, 2, 3]
    assert [done for what, done, total in told if total is None] == [0, 1]


def test_an_error_ends_it_as_it_is() -> None:
    cancelled: list[int] = []

    async def work(target: int) -> None:
        try:
            await asyncio.sleep(target)
        except asyncio.CancelledError:
            cancelled.append(target)
            raise
        raise UsageError("no more")

    async def main() -> None:
        with pytest.raises(UsageError, match="no more"):
            await sweep(itertools.count(1), work, tools(), concurrency=3)
        assert elapsed() == 1

    run(main())
    assert sorted(cancelled) == [2, 3]


def test_nothing_to_do() -> None:
    async def work(target: int) -> None:
        raise AssertionError

    run(sweep([], work, tools()))


def test_cancelling() -> None:
    at_work = 0

    async def work(target: int) -> None:
        nonlocal at_work
        at_work += 1
        try:
            await asyncio.sleep(100)
        finally:
            at_work -= 1

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sweep(itertools.count(), work, tools(), concurrency=7), 5)
        assert at_work == 0
        assert len(asyncio.all_tasks()) == 1

    run(main())
