"""What is kept of what came: the oldest gives way when it is too much."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")

COUNT = 100_000
SIZE = 64 * 1024 * 1024
"""Octets."""


class Kept(Generic[T]):
    """Things with their sizes, oldest first: `count` of them and `size` octets at most."""

    def __init__(self, count: int = COUNT, size: int = SIZE) -> None:
        self._count = count
        self._size = size
        self._things: deque[tuple[T, int]] = deque()
        self._taken = 0

    def add(self, thing: T, size: int = 0) -> None:
        """One more, the last one."""
        self._things.append((thing, size))
        self._taken += size
        while len(self._things) > self._count or (self._taken > self._size and len(self._things) > 1):
            self._taken -= self._things.popleft()[1]

    def all(self) -> list[T]:
        """All of them."""
        return [thing for thing, _ in tuple(self._things)]
