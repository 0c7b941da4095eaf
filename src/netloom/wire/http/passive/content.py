"""What bodies hold, for a protocol that HTTP carries: kept until their end, within bounds."""

from __future__ import annotations

from collections.abc import Callable

LIMIT = 64 * 1024
_STREAMS = 16

Explain = Callable[[str, bytes], list[str]]
"""What a body says: whose it is, client's or server's, and its octets; in words, none where nothing is known."""


class Content:
    """The bodies of one side that are under way, by their stream. Those of more than 64 KiB are forgotten."""

    def __init__(self, sender: str, explain: Explain | None) -> None:
        self._sender = sender
        self._explain = explain
        self._bodies: dict[int, bytes | None] = {}

    def add(self, stream: int, data: bytes) -> None:
        """A piece of a body."""
        if self._explain is None or not data:
            return
        body = self._bodies.pop(stream, b"")
        if len(self._bodies) >= _STREAMS:
            del self._bodies[next(iter(self._bodies))]
        self._bodies[stream] = None if body is None or len(body) + len(data) > LIMIT else body + data

    def end(self, stream: int) -> list[str]:
        """The body is whole: what it says."""
        body = self._bodies.pop(stream, None)
        return self._explain(self._sender, body) if self._explain is not None and body is not None else []
