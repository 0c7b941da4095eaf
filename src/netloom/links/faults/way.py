"""One way of one connection: what is said to one side goes through the acts of its faults, in their order."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netloom.links.faults.act import Act, Outlet
    from netloom.links.faults.fault import Fault, Kind, Side
    from netloom.links.faults.line import Line
    from netloom.links.faults.placed import Placed

HELD: Mapping[Kind, int] = {"stream": 1024 * 1024, "datagrams": 256 * 1024}
"""Octets that a way holds back before its source is told to wait. Datagrams beyond are lost."""
PIECE = 64
"""Octets that each piece counts beside its own: many small ones take memory, too."""


class Way:
    """`towards` is the side that hears. What an act holds back is counted, from `hold` to `release`."""

    def __init__(self, line: Line, towards: Side, outlet: Outlet) -> None:
        self.line = line
        self.towards: Side = towards
        self.held = 0
        self._room = HELD[line.kind]
        self._outlet = outlet
        self._first: Outlet = outlet
        self._acts: dict[Placed, Act] = {}

    @property
    def kind(self) -> Kind:
        """What passes."""
        return self.line.kind

    def data(self, data: bytes) -> None:
        """Something is said."""
        self._first.data(data)

    def end(self) -> None:
        """The side that speaks has no more to say."""
        self._first.end()

    def hold(self, piece: bytes) -> None:
        """A piece is held back."""
        self._count(PIECE + len(piece))

    def release(self, piece: bytes) -> None:
        """It isn't any longer."""
        self._count(-PIECE - len(piece))

    def _count(self, size: int) -> None:
        was, self.held = self.held, self.held + size
        if (was > self._room) != (self.held > self._room):
            self.line.wait(self, full=self.held > self._room)

    def random(self, fault: Fault) -> Random:
        """Chance for a fault on this way: the same whenever its seed and the connection's number are."""
        return Random(f"{fault.name} {fault.seed} {self.line.number} {self.towards}")  # noqa: S311  # chance, not secrecy

    def arrange(self, placed: Sequence[Placed]) -> None:
        """From now on these faults hold. Acts that stood stay as they are."""
        self._lift([each for each in self._acts if each not in placed])
        if self.line.over:  # what was held back has ended it
            return
        acts = {each: act for each in placed if (act := self._acts.get(each) or each.fault.act(self)) is not None}
        fresh = [act for each, act in acts.items() if each not in self._acts]
        self._acts = acts
        outlet = self._outlet
        for act in reversed(acts.values()):
            act.on = outlet
            outlet = act
        self._first = outlet
        for act in fresh:
            if not self.line.over:
                act.begin()

    def _lift(self, ended: Sequence[Placed]) -> None:
        """What these hold back goes on, what is nearest to its aim first, through those only that stay."""
        outlet = self._outlet
        for each, act in reversed(list(self._acts.items())):
            act.on = outlet
            if each in ended:
                act.lift()
            else:
                outlet = act

    def lost(self) -> None:
        """The connection has gone: nothing is late any more, and nothing passes."""
        for act in list(self._acts.values()):
            act.lost()
        self._acts.clear()
        self._first = _Nowhere()


class _Nowhere:
    """Where words go that are said too late."""

    def data(self, data: bytes) -> None:
        """Nobody hears it."""

    def end(self) -> None:
        """Nor that it has ended."""
