"""Bounded counts: what occurred most, among however much a capture claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


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


class Held(Generic[K, V]):
    """Values by their keys. When it is full the lightest half goes; what came to so little is seldom asked for.

    `lost` counts keys that went: if any did, what is left may have been counted from later on. `gone` is told of values
    that go. The kernels' twin is `kernels/tally.py`.
    """

    def __init__(
        self,
        make: Callable[[], V],
        weight: Callable[[V], int],
        room: int = ROOM,
        gone: Callable[[V], None] | None = None,
    ) -> None:
        self.lost = 0
        self.room = room
        self._make = make
        self._weight = weight
        self._gone = gone
        self._values: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        """The value, made where there is none."""
        value = self._values.get(key)
        if value is None:
            if len(self._values) >= self.room:
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

    def by(self, weight: Callable[[V], int], least: int = 0) -> list[tuple[K, V]]:
        """All of some weight, the heaviest first; equals by their keys, so that it doesn't matter how they came."""
        weighed = [(-weight(value), key) for key, value in self._values.items()]
        found = sorted(each for each in weighed if -each[0] >= least)
        return [(key, self._values[key]) for _, key in found]

    def fill(self, values: Mapping[K, V], lost: int) -> None:
        """Take what was counted elsewhere, in the order in which it came."""
        self._values = dict(values)
        self.lost = lost

    def _halve(self) -> None:
        weights = {key: self._weight(value) for key, value in self._values.items()}
        least = sorted(weights.values())[-(self.room // 2)]
        kept = {key: self._values[key] for key, weight in weights.items() if weight > least}
        for key, weight in weights.items():
            if len(kept) >= self.room // 2:
                break
            if weight == least:
                kept[key] = self._values[key]
        self.lost += len(self._values) - len(kept)
        if self._gone is not None:
            for key, value in self._values.items():
                if key not in kept:
                    self._gone(value)
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


class Members(Generic[M]):
    """A set of which most have one member: how many it has, the first, and where they were told apart the others."""

    __slots__ = ("_count", "_first", "_others")

    def __init__(self, count: int = 0, first: M | None = None) -> None:
        self._count = count
        self._first = first
        self._others: set[M] | None = None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[M]:
        """Those that are known: of what was counted elsewhere only the first."""
        if self._first is not None:
            yield self._first
        yield from self._others or ()

    def __contains__(self, member: object) -> bool:
        return (self._count > 0 and member == self._first) or (self._others is not None and member in self._others)

    def add(self, member: M) -> None:
        """Take a member that isn't there yet."""
        if not self._count:
            self._first = member
        elif self._others is None:
            self._others = {member}
        else:
            self._others.add(member)
        self._count += 1


class Sets:
    """Sets that share room; the first member of each needs none, as it is there with whatever has the set.

    `lost` counts members that were left out because all of it was used.
    """

    def __init__(self, room: int) -> None:
        self.lost = 0
        self.room = room
        self._used = 0

    def join(self, members: Members[M], member: M, most: int = MEMBERS) -> None:
        """Put a member into a set that may have so many."""
        if len(members) >= most or member in members:
            return
        if len(members):
            if self._used >= self.room:
                self.lost += 1
                return
            self._used += 1
        members.add(member)

    def leave(self, members: Members[M]) -> None:
        """A set is no more: others may have its room."""
        self._used -= max(len(members) - 1, 0)
