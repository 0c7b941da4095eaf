"""Stepwise: reading that is done bit by bit (`captures.steps`), and what each bit brought."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.reading import Reading

T = TypeVar("T")

PAUSE = 0.05
"""Seconds of work between two moments in which it can be stopped."""


def untold(words: str) -> None:
    """In Python there is nobody at a terminal."""


class Pauses:
    """Tells, when it is asked, whether it is time to let somebody look at the work and stop it."""

    def __init__(self) -> None:
        self._next = time.monotonic() + PAUSE

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + PAUSE
        return True


class Stepwise(Generic[T]):
    """Work on what is read. `tell` hears what whoever waits should know."""

    def __init__(self, reading: Reading, tell: Callable[[str], None] = untold) -> None:
        self.reading = reading
        self.tell = tell
        self._found: list[T] = []
        self._steps: Iterator[list[T]] | None = None

    def work(self) -> Iterator[list[T]]:
        """All of it, each part with what it brought. Runs in other threads, one at a time."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """Octets of the files, as far as it is known."""
        return self.reading.size

    @property
    def position(self) -> int:
        """Octets of them that were read."""
        return self.reading.position

    @property
    def prompt(self) -> bool:
        """Whether each step is short, and waits for nothing."""
        return self.reading.prompt

    def step(self) -> bool:
        """Do some of it; whether there is more."""
        if self._steps is None:
            self._steps = self.work()
        for found in self._steps:
            self._found += found
            return True
        return False

    def take(self) -> list[T]:
        """What it brought since this was last asked."""
        taken, self._found = self._found, []
        return taken

    def cancel(self) -> None:
        """Stop a step that waits, from another thread."""
        self.reading.cancel()
