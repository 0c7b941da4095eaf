"""Whose turn it is to be told: streams one after the other, though they went on side by side."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

WAITING = 32_768
"""Things that wait for their stream's turn."""

PATIENCE = 2_000_000_000
"""Nanoseconds of silence after which a stream's turn is over."""

T = TypeVar("T")


class Turns(Generic[T]):
    """Gives what belongs to one stream as long as it goes on, what belongs to others after that.

    Streams have their turns in the order in which they came. Who is silent loses its turn; where too much waits, those
    that wait have a turn before it is theirs.
    """

    def __init__(self, limit: int = WAITING) -> None:
        self._limit = limit
        self._waiting: dict[Hashable, deque[T]] = {}
        self._ended: set[Hashable] = set()
        self._turn: Hashable | None = None
        self._count = 0
        self._heard = 0

    def put(self, stream: Hashable, thing: T, now: int) -> list[tuple[Hashable, T]]:
        """Something of a stream; what can be told now."""
        if self._turn is None:
            self._turn = stream
        if stream == self._turn:
            self._heard = now
            return [(stream, thing)]
        self._waiting.setdefault(stream, deque()).append(thing)
        self._count += 1
        given: list[tuple[Hashable, T]] = []
        if now - self._heard > PATIENCE:
            given += self._pass_on()
            self._heard = now
        if self._count > self._limit:
            while self._count > self._limit // 2:
                given += self._pass_on()
        return given

    def end(self, stream: Hashable) -> list[tuple[Hashable, T]]:
        """A stream has no more to say: its turn, or one to come, ends with what it has said."""
        if stream != self._turn:
            if stream in self._waiting:
                self._ended.add(stream)
            return []
        self._turn = None
        return self._pass_on()

    def finish(self) -> list[tuple[Hashable, T]]:
        """All that waits."""
        given: list[tuple[Hashable, T]] = []
        while self._waiting:
            given += self._pass_on()
        self._turn = None
        return given

    def _pass_on(self) -> list[tuple[Hashable, T]]:
        """What waits of the first that hasn't ended, and of those before it that have."""
        given: list[tuple[Hashable, T]] = []
        self._turn = None
        while self._waiting and self._turn is None:
            stream = next(iter(self._waiting))
            things = self._waiting.pop(stream)
            self._count -= len(things)
            given += [(stream, thing) for thing in things]
            if stream in self._ended:
                self._ended.discard(stream)
            else:
                self._turn = stream
        return given
