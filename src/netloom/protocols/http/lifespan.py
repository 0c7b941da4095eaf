"""An application's lifespan: it is told when its server starts and stops, once each (ASGI lifespan 2.0)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.contents.app import App, Event

log = logging.getLogger("netloom.serve")

_GRACE = 10.0
"""Seconds that an application may take to end."""

STATES: dict[int, dict[str, Any]] = {}
"""What running applications put into their lifespan's state, by the identity of their content."""


def state_of(content: App) -> dict[str, Any] | None:
    """What an application put into its lifespan's state; None where it has no lifespan."""
    return STATES.get(id(content))


@contextlib.asynccontextmanager
async def running(content: App) -> AsyncIterator[None]:
    """While inside, the application has been started. Raises UsageError where it says that it can't start."""
    lifespan = Lifespan(content)
    try:
        await lifespan.start()
        yield
    finally:
        STATES.pop(id(content), None)
        await lifespan.stop()


class Lifespan:
    """One application's lifespan, in a task of its own. An application that knows nothing of it is left alone."""

    def __init__(self, content: App) -> None:
        self._content = content
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()
        self._failed = ""
        self._supported = False
        self._task: asyncio.Task[None] | None = None
        self._state: dict[str, Any] = {}

    async def start(self) -> None:
        """Tell it that the server starts, and wait until it is ready."""
        self._task = asyncio.create_task(self._run())
        await self._events.put({"type": "lifespan.startup"})
        await self._started.wait()
        if self._failed:
            raise UsageError(f"{self._content.name} can't start: {self._failed}")
        if self._supported:
            STATES[id(self._content)] = self._state

    async def stop(self) -> None:
        """Tell it that the server has stopped; one that doesn't end is cancelled."""
        if self._task is None:
            return
        try:
            if self._supported and not self._failed:
                await self._events.put({"type": "lifespan.shutdown"})
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_GRACE):
                        await self._stopped.wait()
        finally:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        try:
            await self._content.asgi(scope, self._events.get, self._send)
        except Exception as error:
            if self._supported:
                log.exception("the lifespan of %s failed", self._content.name)
            else:
                log.debug("%s has no lifespan: %r", self._content.name, error)
        finally:
            self._started.set()
            self._stopped.set()

    async def _send(self, event: Event) -> None:
        kind = event["type"]
        if kind == "lifespan.startup.complete":
            self._supported = True
            self._started.set()
        elif kind == "lifespan.startup.failed":
            self._failed = str(event.get("message") or "its startup failed").strip().splitlines()[-1]
            self._started.set()
        elif kind == "lifespan.shutdown.failed":
            log.error("%s failed to stop: %s", self._content.name, event.get("message", ""))
            self._stopped.set()
        elif kind == "lifespan.shutdown.complete":
            self._stopped.set()
