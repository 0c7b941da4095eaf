"""A request and its answer as they are put together, and how much of them is kept."""

from __future__ import annotations

from msgspec import Struct, field

BODY_LIMIT = 16 << 20
"""Octets of a body that are kept."""

TOTAL_LIMIT = 256 << 20
"""The same of all bodies that are under way at once."""

Fields = list[tuple[str, str]]


class Room(Struct):
    """Octets that may still be kept, shared by all who keep some."""

    left: int = TOTAL_LIMIT


class Part(Struct):
    """A message. `coded` octets of body came, of which the first are kept. Times are -1 until it began, and ended."""

    room: Room
    version: str = ""
    fields: Fields = []
    body: bytearray = field(default_factory=bytearray)
    coded: int = 0
    began: int = -1
    ended: int = -1

    def begin(self, fields: Fields, time: int) -> None:
        """Its head, or its trailers."""
        self.fields += fields
        if self.began < 0:
            self.began = time

    def add(self, content: bytes) -> None:
        """Some of its body."""
        self.coded += len(content)
        kept = content[: max(0, min(BODY_LIMIT - len(self.body), self.room.left))]
        self.room.left -= len(kept)
        self.body += kept

    @property
    def cut(self) -> bool:
        """Whether more came than was kept."""
        return self.coded > len(self.body)


class Pair(Struct, eq=False):
    """A request with its answer. `target` is as it was asked for: a path mostly."""

    request: Part
    response: Part
    method: str = ""
    target: str = ""
    authority: str = ""
    status: int = 0
    reason: str = ""

    @classmethod
    def within(cls, room: Room) -> Pair:
        """Nothing yet, with so much room for bodies."""
        return cls(Part(room), Part(room))

    def let_go(self) -> None:
        """Nobody needs its bodies any more."""
        for part in (self.request, self.response):
            part.room.left += len(part.body)
            part.body.clear()

    @property
    def whole(self) -> bool:
        """Whether both were said to their end."""
        return self.request.ended >= 0 and self.response.ended >= 0
