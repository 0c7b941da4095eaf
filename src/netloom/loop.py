"""An event loop for work that turns out to need one: what waits for nothing is done without.

Importing asyncio takes longer than reading a small capture. So a coroutine may be begun by hand (`begin`), and goes on
as a task when it asks for a loop (`needed`), or when whoever began it wants to stop it or has waited for long enough.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Generator


class _Asked:
    """What is awaited where no loop is: it goes to whoever began the work by hand."""

    def __await__(self) -> Generator[_Asked, None, None]:
        yield self


_NEEDED, _TURN = _Asked(), _Asked()


def running() -> bool:
    """Whether this is called on an event loop. Where nobody has imported asyncio, there is none."""
    if "asyncio" not in sys.modules:
        return False
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def needed() -> asyncio.AbstractEventLoop:
    """The running loop. Work that was begun by hand goes on there from here on."""
    if not running():
        await _NEEDED
    import asyncio

    return asyncio.get_running_loop()


async def turn() -> None:
    """A moment in which others may do something: on a loop whatever waits there, otherwise whoever began by hand."""
    if not running():
        await _TURN
        return
    import asyncio

    await asyncio.sleep(0)


def begin(work: Coroutine[Any, Any, None], enough: Callable[[], bool]) -> bool:
    """Do the work by hand, as far as it goes. Whether that was all; otherwise it is to go on as a task of a loop.

    `enough` is asked at every turn. Raises what the work raises.
    """
    try:
        while work.send(None) is not _NEEDED:
            if enough():
                return False
    except StopIteration:
        return True
    return False


def cancelled(error: BaseException) -> bool:
    """Whether an error is what cancelled work hears."""
    if "asyncio" not in sys.modules:
        return False
    from asyncio import CancelledError

    return isinstance(error, CancelledError)


def new() -> asyncio.AbstractEventLoop:
    """A new loop: uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
