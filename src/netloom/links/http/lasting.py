"""Answers that last: a server that stops waits for requests to be answered, so these have to hear of it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.links.listener import Context

LOOK = 0.1
"""Seconds between two looks at whether the server stops. One timer is for all of them, while there are any."""


class Lasting:
    """Those of one content: streams of events, polls that wait."""

    def __init__(self) -> None:
        self._ends: dict[Callable[[], None], Context] = {}
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def until_closing(self, context: Context, end: Callable[[], None]) -> Iterator[None]:
        """While inside, `end` is called as soon as the server stops."""
        self._ends[end] = context
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK, self._look)
        try:
            yield
        finally:
            self._ends.pop(end, None)
            if not self._ends and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _look(self) -> None:
        for end, context in list(self._ends.items()):
            if context.closing:
                del self._ends[end]
                end()
        self._timer = asyncio.get_running_loop().call_later(LOOK, self._look) if self._ends else None
