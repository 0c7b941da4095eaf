"""The servers' loop stays once it runs, and so do the threads in which it has something done."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from netloom.background import background


@pytest.fixture(scope="session", autouse=True)
def executor() -> None:
    """All are there before anybody looks at what is left."""
    count = ThreadPoolExecutor()._max_workers  # as many as a loop's own has
    together = threading.Barrier(count)

    async def fill() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(asyncio.to_thread(together.wait, 10.0))

    background().wait(fill())
