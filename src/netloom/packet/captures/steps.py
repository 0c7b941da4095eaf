"""Steps: long work on files beside an event loop, bit by bit, so that it can be watched and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netloom import loop

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
    """Do it, each step in a thread; gives the position after each. Whoever is cancelled waits for the step to end.

    Without an event loop the steps of work that is `prompt` (they are short, and wait for nothing) are done at once.
    """
    prompt = getattr(work, "prompt", False)
    more = True
    while more:
        more = work.step() if prompt and not loop.running() else await _in_a_thread(work)
        yield work.position
        await loop.turn()


async def _in_a_thread(work: Work) -> bool:
    await loop.needed()
    import asyncio

    step = asyncio.ensure_future(asyncio.to_thread(work.step))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        work.cancel()
        await asyncio.wait({step})
        step.exception()  # nobody reads on
        raise
