"""Sorting: which of many files a frame goes into."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.captures.blocks import Interface
    from netloom.packet.captures.copying import Copy
    from netloom.packet.captures.record import Written
    from netloom.packet.frame import Frame

    Create = Callable[[str], Copy]

OPEN = 128
"""Files that are open at a time."""
OVERHEAD = 32
"""Octets that a frame takes in a file besides its own."""
REST = "rest"
"""The key of what comes when there are as many files as there may be."""
By = Literal["", "flow", "pair", "host"]


class Rule(Struct, frozen=True, kw_only=True):
    """When another file begins: after so many frames, nanoseconds, or octets; or whose frames go into one, `by`."""

    packets: int = 0
    nanoseconds: int = 0
    size: int = 0
    by: By = ""
    files: int = 10_000


class Numbers:
    """One file after another. Where there are as many as there may be, UsageError."""

    def __init__(self, rule: Rule, create: Create) -> None:
        self._rule = rule
        self._create = create
        self._copy: Copy | None = None
        self._count = 0
        self._begin: int | None = None
        self._done: list[Written] = []

    def put(self, frame: Frame, interface: Interface, origin: int) -> None:
        copy = self._copy
        late = self._late(frame.timestamp_ns)
        if copy is None or late or self._full(copy, frame):
            copy = self._next()
        copy.put(frame, interface, origin)

    def _late(self, time: int | None) -> bool:
        """Whether a packet is the first of another window of time."""
        if not self._rule.nanoseconds or time is None:
            return False
        if self._begin is None:
            self._begin = time
        windows = max(0, (time - self._begin) // self._rule.nanoseconds)
        self._begin += windows * self._rule.nanoseconds
        return windows > 0

    def _full(self, copy: Copy, frame: Frame) -> bool:
        rule, writer = self._rule, copy.writer
        large = bool(rule.size) and writer.size + len(frame.data) + OVERHEAD > rule.size
        return (large and writer.frames > 0) or (bool(rule.packets) and writer.frames >= rule.packets)

    def _next(self) -> Copy:
        if self._count == self._rule.files:
            raise UsageError(f"it would be more than {self._rule.files} files", hint="--max-files allows more")
        self.close()
        self._count += 1
        self._copy = self._create(f"{self._count:05}")
        return self._copy

    def taken(self) -> list[Written]:
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.writer.close()
            self._done.append(copy.written())


class Keys:
    """A file for each key; those that nothing was written to for the longest time are closed meanwhile."""

    def __init__(self, rule: Rule, create: Create) -> None:
        from netloom.packet.captures.keys import KEYS

        self._files = rule.files
        self._create = create
        self._keys_of = KEYS[rule.by]
        self._copies: dict[object, Copy] = {}
        self._open: OrderedDict[int, Copy] = OrderedDict()
        self._done: list[Written] = []

    def put(self, frame: Frame, interface: Interface, origin: int) -> None:
        for key, name in self._keys_of(frame):
            copy = self._copies.get(key) or self._new(key, name)
            self._use(copy)
            copy.put(frame, interface, origin)

    def _new(self, key: object, name: str) -> Copy:
        if len(self._copies) >= self._files:
            # They aren't told apart any more, so that no capture can fill a disk with files
            key = name = REST
        copy = self._copies.get(key)
        if copy is None:
            copy = self._copies[key] = self._create(name)
        return copy

    def _use(self, copy: Copy) -> None:
        self._open[id(copy)] = copy
        self._open.move_to_end(id(copy))
        if len(self._open) > OPEN:
            _, idle = self._open.popitem(last=False)
            idle.writer.suspend()

    def taken(self) -> list[Written]:
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        copies, self._copies = self._copies, {}
        for copy in copies.values():
            copy.writer.close()
            self._done.append(copy.written())
