"""A virtual clock: an event loop whose time jumps to the next timer as soon as nothing else is left to do."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class _Jump(selectors.SelectSelector):
    """Doesn't sleep: where the loop would, time moves on instead."""

    def __init__(self, loop_time: list[float]) -> None:
        super().__init__()
        self._time = loop_time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("everybody waits and no timer is set: this would hang for ever")
        self._time[0] += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a virtual clock that begins at 0. Sockets don't belong on it: use the network in memory."""

    def __init__(self) -> None:
        self._virtual = [0.0]
        super().__init__(_Jump(self._virtual))

    def time(self) -> float:
        return self._virtual[0]


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on a virtual clock: hours pass in milliseconds, exactly."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
