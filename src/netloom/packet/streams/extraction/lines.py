"""Lines of one side as they come, for protocols of lines."""

from __future__ import annotations

LINE_LIMIT = 64 * 1024
"""Octets of a line; one that is longer is cut there."""


class Lines:
    """Octets that wait until their line is whole."""

    def __init__(self) -> None:
        self._held = b""
        self._at = self._searched = 0

    def __bool__(self) -> bool:
        return self._at < len(self._held)

    def add(self, data: bytes) -> None:
        """Some more."""
        self._held = self._held[self._at :] + data
        self._searched -= self._at
        self._at = 0

    def next(self) -> bytes | None:
        """The first line, without its end; None where it isn't whole."""
        end = self._held.find(b"\n", max(self._searched, self._at))
        if end < 0:
            self._searched = len(self._held)
            return self.take() if len(self._held) - self._at >= LINE_LIMIT else None
        line = self._held[self._at : end]
        self._at = self._searched = end + 1
        return line.removesuffix(b"\r")

    def take(self, count: int | None = None) -> bytes:
        """So many octets, or all that are there."""
        end = len(self._held) if count is None else self._at + count
        taken = self._held[self._at : end]
        self._at = self._searched = self._at + len(taken)
        return taken
