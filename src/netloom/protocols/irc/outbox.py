"""What goes out to one client: one write for each turn of the event loop, and an end where too much waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import NetloomError

if TYPE_CHECKING:
    from netloom.links.stream import Stream


class Outbox:
    """Lines for one client. Who doesn't read them is cut off above `limit` bytes; `overflowed` tells."""

    __slots__ = ("_limit", "_link", "_parts", "_size", "overflowed", "sent")

    def __init__(self, link: Stream, limit: int) -> None:
        self.overflowed = False
        self.sent = 0
        self._link = link
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def push(self, line: bytes) -> None:
        """Something to be sent at the end of this turn."""
        if self.overflowed:
            return
        if not self._parts:
            self._link.loop.call_soon(self.flush)
        self._parts.append(line)
        self._size += len(line)
        self.sent += 1
        if self._size > self._limit:
            self.flush()

    def flush(self) -> None:
        """Send all there is."""
        if not self._parts or self.overflowed:
            return
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        try:
            self._link.write_soon(data)
        except NetloomError:
            return  # whoever reads from this connection learns of it
        if self._link.transport.get_write_buffer_size() > self._limit:
            self.overflowed = True
            self._link.abort()
