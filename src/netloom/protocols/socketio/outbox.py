"""What waits for one client: of events above the limits the oldest go, what has to arrive may not pile up."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from netloom.contents import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.wire.socketio.engine import Message

_OVERHEAD = 64


class _Entry:
    """Messages that belong together. `later` makes some as they are wanted."""

    __slots__ = ("later", "lossy", "messages", "size")

    def __init__(
        self, messages: tuple[Message, ...], *, lossy: bool, later: Iterator[tuple[Message, ...]] | None = None
    ):
        self.messages = messages
        self.size = size_of(messages)
        self.lossy = lossy
        self.later = later


class Outbox:
    """In order. `dropped` counts the events that were lost."""

    def __init__(self, count: int, size: int) -> None:
        self.dropped = 0
        self._count = count
        self._size = size
        self._entries: deque[_Entry] = deque()
        self._due = 0  # entries that have to arrive
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._entries)

    def put(self, messages: tuple[Message, ...]) -> None:
        """What has to arrive. Raises TooLarge where more of it waits than may: somebody asks and doesn't listen."""
        if self._due >= self._count or self._bytes > self._size:
            raise TooLarge(f"more than {self._count} packets wait")
        self._append(_Entry(messages, lossy=False))

    def put_later(self, later: Iterator[tuple[Message, ...]]) -> None:
        """What has to arrive, and is kept elsewhere until then. Raises TooLarge."""
        if self._due >= self._count:
            raise TooLarge(f"more than {self._count} packets wait")
        self._append(_Entry((), lossy=False, later=later))

    def offer(self, messages: tuple[Message, ...]) -> bool:
        """An event; whether there was room for it without another being lost."""
        self._append(_Entry(messages, lossy=True))
        had_room = True
        while len(self._entries) - self._due > self._count or self._bytes > self._size:
            if not self._drop():
                break
            had_room = False
        return had_room

    def take(self, size: int) -> list[Message]:
        """The next messages, so many bytes and a little more."""
        taken: list[Message] = []
        left = size
        while self._entries and left > 0:
            entry = self._entries[0]
            messages = entry.messages
            if entry.later is not None:
                more = next(entry.later, None)
                if more is None:
                    self._remove(0)
                    continue
                messages = more
            else:
                self._remove(0)
            taken += messages
            left -= size_of(messages)
        return taken

    def _append(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._bytes += entry.size
        self._due += not entry.lossy

    def _drop(self) -> bool:
        """Lose the oldest event; False where there is none."""
        oldest = next((number for number, entry in enumerate(self._entries) if entry.lossy), None)
        if oldest is None:
            return False
        self._remove(oldest)
        self.dropped += 1
        return True

    def _remove(self, number: int) -> None:
        entry = self._entries[number]
        del self._entries[number]
        self._bytes -= entry.size
        self._due -= not entry.lossy


def size_of(messages: tuple[Message, ...]) -> int:
    """About the bytes that messages take."""
    return sum(map(len, messages)) + _OVERHEAD
