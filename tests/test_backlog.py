"""Whoever reports never waits, and it is the oldest that is lost."""

from __future__ import annotations

import pytest

from netloom.backlog import LIMIT, Backlog


async def test_the_oldest_gives_way() -> None:
    backlog: Backlog[int] = Backlog(3)
    for number in range(5):
        backlog.report(number)
    assert [await backlog.get() for _ in range(3)] == [2, 3, 4]
    assert backlog.empty()


async def test_there_is_room_for_many() -> None:
    assert Backlog[int]().maxsize == LIMIT


async def test_what_is_left_is_told_at_the_end() -> None:
    backlog: Backlog[int] = Backlog()
    told: list[int] = []

    async def tell(number: int) -> None:
        told.append(number)

    async def fails() -> None:
        async with backlog.emptied(tell):
            backlog.report(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert told == [1]
    assert backlog.empty()
