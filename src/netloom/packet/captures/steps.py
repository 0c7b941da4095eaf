"""Steps: long work on files beside an event loop, bit by bit, so that it can be watched and stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Work(Protocol):
    """What can be done in steps. `position` of `size` octets tells how far it is."""

    @property
    def size(self) -> int: ...

    @property
    def position(self) -> int: ...

    def step(self) -> bool:
        """Do some of it; whether there is more."""

    def cancel(self) -> None:
        """Stop a step that waits, from another thread."""


async def steps(work: Work) -> AsyncIterator[int]:
    """Do it, each step in a thread; gives the position after each. Whoever is cancelled waits for the step to end."""
    more = True
    while more:
        step = asyncio.ensure_future(asyncio.to_thread(work.step))
        try:
            more = await asyncio.shield(step)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait({step})
            step.exception()  # nobody reads on
            raise
        yield work.position
