"""Bodies on their way from the connection to whoever reads them, bounded in size and in time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import DeadlineExceeded, NetloomError, RemoteProtocolError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable

    from netloom.links.http.limits import Limits
    from netloom.links.http.messages import Headers

TOO_LARGE = "RFC 9110 §15.5.14"


def too_large(limit: int) -> RemoteProtocolError:
    """The error of a body beyond its limit: at a server it is answered with 413."""
    return RemoteProtocolError(f"a body of more than {limit} bytes", rule=TOO_LARGE, offset=limit)


async def collect(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """A body in one piece. Raises RemoteProtocolError beyond `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        parts.append(chunk)
    return b"".join(parts)


class Inbox:
    """What came of a body and wasn't read yet: filled by the connection, read by one task.

    `taken` is told how many bytes were read, for whoever paces the sender.
    """

    __slots__ = (
        "_chunks",
        "_error",
        "_loop",
        "_pace",
        "_taken",
        "_waited",
        "_waiter",
        "came",
        "ended",
        "size",
        "trailers",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, pace: Limits | None, taken: Callable[[int], None]) -> None:
        self._loop = loop
        self._pace = pace
        self._taken = taken
        self._chunks: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: NetloomError | None = None
        self._waited = 0.0
        self.size = 0
        self.came = 0
        self.ended = False
        self.trailers: Headers = ()

    # The connection's side

    def feed(self, data: bytes) -> None:
        """A piece came."""
        self._chunks.append(data)
        self.size += len(data)
        self.came += len(data)
        self._wake()

    def end(self, trailers: Headers = ()) -> None:
        """That was the last piece."""
        self.ended = True
        self.trailers = trailers
        self._wake()

    def fail(self, error: NetloomError) -> None:
        """There won't be an end."""
        if not self.ended and self._error is None:
            self._error = error
            self._wake()

    def drop(self) -> int:
        """Forget what wasn't read; gives how much that was."""
        size, self.size = self.size, 0
        self._chunks.clear()
        return size

    def take_all(self) -> list[bytes]:
        """What wasn't read, for another receiver: it isn't counted as read."""
        chunks = list(self._chunks)
        self._chunks.clear()
        self.size = 0
        return chunks

    # The reader's side

    async def next(self) -> bytes:
        """The next piece, empty at the end. Raises what the connection ran into, DeadlineExceeded where it crawls."""
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self.ended:
                return b""
            await self._wait()
        chunk = self._chunks.popleft()
        self.size -= len(chunk)
        self._taken(len(chunk))
        return chunk

    async def chunks(self) -> AsyncIterator[bytes]:
        """All pieces."""
        while chunk := await self.next():
            yield chunk

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("another task reads this body already")
        waiter = self._waiter = self._loop.create_future()
        pace, timer, began = self._pace, None, 0.0
        if pace is not None:
            began = self._loop.time()
            allowed = pace.body_timeout + self.came / pace.body_rate
            timer = self._loop.call_at(began + max(0.0, allowed - self._waited), self._crawls)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
                self._waited += self._loop.time() - began

    def _crawls(self) -> None:
        self.fail(DeadlineExceeded(f"the body crawls: {self.came} bytes came, and too slowly"))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
