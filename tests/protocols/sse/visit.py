"""Requests said by hand at a server of events in memory, and the events that are heard there."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Literal

from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.wire import sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.links.http.client import Answer
    from tests.protocols.ws.stage import Stage

AT = "sse://127.0.0.1:0"


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what others do, which can only be looked at."""
    async with asyncio.timeout(10.0):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.001)


class Hearing:
    """A stream of events, one after the other."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.status = answer.response.status
        self.parser = sse.Parser()
        self.raw = b""
        self.comments: list[str] = []
        self._waiting: list[sse.Event] = []

    async def next(self) -> sse.Event | None:
        """The next event; None at the end."""
        while not self._waiting:
            chunk = await self.answer.next()
            if not chunk:
                return None
            self.raw += chunk
            for item in self.parser.feed(chunk):
                if isinstance(item, sse.Event):
                    self._waiting.append(item)
                elif isinstance(item, sse.Comment):
                    self.comments.append(item.text)
        return self._waiting.pop(0)

    async def data(self, count: int) -> list[str]:
        """The data of so many events."""
        return [event.data for _ in range(count) if (event := await self.next()) is not None]


async def ask(
    stage: Stage,
    target: str,
    *fields: tuple[str, str],
    method: str = "GET",
    body: bytes | None = None,
    version: Literal["1.1", "2-prior"] = "1.1",
) -> Hearing:
    """One request on a connection of its own."""
    endpoint = stage.serving.endpoint
    connection = await open_http(stage.attempt().dial, version=version)
    request = Request(method=method, target=target, headers=fields, authority=endpoint.authority)
    return Hearing(await connection.request(request, body))


@contextlib.asynccontextmanager
async def hearing(stage: Stage, bus: Any, target: str, *fields: tuple[str, str], **more: Any) -> AsyncIterator[Hearing]:
    """A stream that stands; afterwards it is given up, and nobody listens any more."""
    before = bus.subscribers
    heard = await ask(stage, target, *fields, **more)
    try:
        yield heard
    finally:
        await heard.answer.close()
        await until(lambda: bus.subscribers <= max(before, 1))


async def publish(stage: Stage, target: str, body: bytes = b"x", *fields: tuple[str, str]) -> int:
    """POST, and the status of its answer."""
    return (await ask(stage, target, *fields, method="POST", body=body)).status
