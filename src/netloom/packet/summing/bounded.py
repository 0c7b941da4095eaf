"""Bounded counts: what occurred most, among however much a capture claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Ordered(Protocol):
    """What keys are: they can be hashed and sorted."""

    def __hash__(self) -> int: ...
    def __lt__(self, other: Any, /) -> bool: ...


K = TypeVar("K", bound="Ordered")
V = TypeVar("V")
M = TypeVar("M")

ROOM = 32_768
"""Keys that are held; some tens of megabytes where each has numbers of its own."""
MEMBERS = 1000
"""Members of one set that are told apart."""
ALL_MEMBERS = 1 << 19
"""Members of all sets together: about 100 MB of them."""


class Held(Generic[K, V]):
    """Values by their keys. When it is full the lightest half goes; what came to so little is seldom asked for.

    `lost` counts keys that went: if any did, what is left may have been counted from later on.
    """

    def __init__(self, make: Callable[[], V], weight: Callable[[V], int], room: int = ROOM) -> None:
        self.lost = 0
        self._make = make
        self._weight = weight
        self._room = room
        self._values: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        """The value, made where there is none."""
        value = self._values.get(key)
        if value is None:
            if len(self._values) >= self._room:
                self._halve()
            value = self._values[key] = self._make()
        return value

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> Iterator[tuple[K, V]]:
        """All, in the order in which they came."""
        return iter(self._values.items())

    def top(self, count: int) -> list[tuple[K, V]]:
        """The heaviest, the heaviest first."""
        return self.by(self._weight)[:count]

    def by(self, weight: Callable[[V], int]) -> list[tuple[K, V]]:
        """All, the heaviest first; equals by their keys, so that it doesn't matter in which order they came."""
        return sorted(self._values.items(), key=lambda item: (-weight(item[1]), item[0]))

    def _halve(self) -> None:
        weights = {key: self._weight(value) for key, value in self._values.items()}
        least = sorted(weights.values())[-(self._room // 2)]
        kept = {key: self._values[key] for key, weight in weights.items() if weight > least}
        for key, weight in weights.items():
            if len(kept) >= self._room // 2:
                break
            if weight == least:
                kept[key] = self._values[key]
        self.lost += len(self._values) - len(kept)
        self._values = kept


class Counts(Held[K, list[int]]):
    """How often keys occurred."""

    def __init__(self, room: int = ROOM) -> None:
        super().__init__(lambda: [0], lambda value: value[0], room)

    def add(self, key: K, count: int = 1) -> None:
        """Count a key."""
        self[key][0] += count

    def most(self, count: int) -> list[tuple[K, int]]:
        """Those that occurred most."""
        return [(key, value[0]) for key, value in self.top(count)]

    def sum(self) -> int:
        """Of those that are held."""
        return sum(value[0] for _, value in self.items())


class Sets:
    """Sets that share room: `lost` counts members that were left out because all of it was used."""

    def __init__(self, room: int = ALL_MEMBERS) -> None:
        self.lost = 0
        self._room = room

    def join(self, members: set[M], member: M, most: int = MEMBERS) -> None:
        """Put a member into a set that may have so many."""
        if len(members) >= most or member in members:
            return
        if not self._room:
            self.lost += 1
            return
        members.add(member)
        self._room -= 1
