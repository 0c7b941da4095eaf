"""On the virtual clock."""

from __future__ import annotations

import asyncio

import pytest

from netloom.links.http.watch import Watch
from netloom.links.virtual import run


def test_a_deadline_is_moved() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        expired: list[float] = []
        watch = Watch(loop, lambda: expired.append(loop.time()))
        watch.within(10.0)
        await asyncio.sleep(9.0)
        watch.within(10.0)
        await asyncio.sleep(9.0)
        watch.within(5.0)  # earlier than the timer that stands
        await asyncio.sleep(20.0)
        assert expired == [pytest.approx(23.0)]
        watch.within(3.0)
        await asyncio.sleep(5.0)
        assert len(expired) == 2

    run(main())


def test_it_is_stopped() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        expired: list[float] = []
        watch = Watch(loop, lambda: expired.append(loop.time()))
        watch.within(10.0)
        watch.stop()
        watch.stop()
        await asyncio.sleep(20.0)
        assert expired == []

    run(main())
