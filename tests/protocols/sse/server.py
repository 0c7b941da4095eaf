"""A server in memory that says what it is told to, and remembers what it was asked."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.attempts import Attempt
    from netloom.links.stream import Stream
    from netloom.records import Record

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


class Scripted:
    """`asked` are the heads of its requests."""

    def __init__(self, answer: Callable[[str, int], bytes], scheme: str) -> None:
        self.network = MemoryNetwork()
        self.asked: list[str] = []
        self.port = 0
        self._answer = answer
        self._scheme = scheme

    async def attend(self, link: Stream) -> None:
        """One connection, one answer, and its end."""
        with contextlib.suppress(NetloomError):
            self.asked.append((await link.read_until(b"\r\n\r\n")).decode("latin-1"))
            await link.write(self._answer(self.asked[-1], len(self.asked)))

    def attempt(self, path: str = "", **options: str) -> Attempt:
        """A client's try at it."""

        async def drop(record: Record) -> None:
            raise AssertionError(f"nobody asked for {record}")

        endpoint = Endpoint.parse(f"{self._scheme}://127.0.0.1:{self.port}{path}").with_options(options.items())
        return Toolbox(drop, network=self.network).attempt(endpoint, 30.0)


@contextlib.asynccontextmanager
async def scripted(answer: Callable[[str, int], bytes], scheme: str = "sse") -> AsyncIterator[Scripted]:
    """`answer` is given a request's head, and which it is."""
    made = Scripted(answer, scheme)

    async def attend(link: Any) -> None:
        await made.attend(link)

    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(attend)], network=made.network) as serving:
        made.port = serving.endpoint.port or 0
        yield made
