"""A fault in its place: by a name of its own, since a moment, for those connections that it is meant for."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.links.faults.fault import Fault
    from netloom.links.faults.line import Line


class Placed:
    """`since` is the loop's time from which its `start` and `end` are counted; None until the link begins."""

    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self.since: float | None = None
        self.met = 0
        """How often it was asked for, where it is counted by that."""

    def begin(self) -> None:
        """Its time runs from now on, if it doesn't yet."""
        if self.since is None:
            self.since = asyncio.get_running_loop().time()

    def is_for(self, line: Line | None) -> bool:
        """Whether it is meant for a connection, at whatever time; one that has no number is among all."""
        fault = self.fault
        if line is None:
            return not fault.on and fault.chance >= 1
        if line.kind not in fault.KINDS or not fault.meets(line.number):
            return False
        return fault.chance >= 1 or Random(f"{self.name} {fault.seed} {line.number}").random() < fault.chance  # noqa: S311  # chance, not secrecy

    def holds(self, now: float) -> bool:
        """Whether it is its time."""
        since = now if self.since is None else self.since
        # The very sums of `turns`: a timer that comes to the moment finds it there, however they are rounded.
        return since + self.fault.start <= now and (self.fault.end is None or now < since + self.fault.end)

    def turns(self, now: float) -> float | None:
        """The next moment at which it begins or ends; None where it stays as it is."""
        since = now if self.since is None else self.since
        marks = [since + mark for mark in (self.fault.start, self.fault.end) if mark is not None]
        return min((mark for mark in marks if mark > now), default=None)
