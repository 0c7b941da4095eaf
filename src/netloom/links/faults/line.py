"""One connection, or what one peer and one datagram socket say to each other, with the faults that are for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from netloom.links.faults.way import Way

if TYPE_CHECKING:
    from netloom.links.faults.act import Outlet
    from netloom.links.faults.fault import Kind, Side
    from netloom.links.faults.placed import Placed
    from netloom.links.faults.plan import Faults


class Ends(Protocol):
    """The link that a line belongs to, as faults see it."""

    def outlet(self, towards: Side) -> Outlet:
        """What is said to this side goes on there."""
        ...

    def wait(self, towards: Side, *, full: bool) -> None:
        """Whoever speaks to this side is to wait, or may go on."""

    def reset(self, why: str) -> None:
        """Break it off."""

    def hang_up(self) -> None:
        """End it in order."""


class Line:
    """`number` counts connections from 1, in the order in which they came."""

    def __init__(self, faults: Faults, kind: Kind, ends: Ends, number: int | None) -> None:
        self.kind: Kind = kind
        self.number = number or 0
        """0 until it begins: an attempt that never became a connection isn't counted."""
        self._faults = faults
        self._ends = ends
        self.over = False
        self._timer: asyncio.TimerHandle | None = None
        self._ways = {side: Way(self, side, ends.outlet(side)) for side in SIDES}

    def way(self, towards: Side) -> Way:
        """What is said to one side."""
        return self._ways[towards]

    def begin(self) -> None:
        """The connection stands."""
        self.number = self.number or self._faults.number()
        self._faults.enter(self)
        self.arrange()

    def arrange(self) -> None:
        """Faults have come or gone, or it is time for one to."""
        if self.over:
            return
        now = asyncio.get_running_loop().time()
        meant = self.meant()
        for way in self._ways.values():
            if not self.over:
                way.arrange([each for each in meant if each.holds(now)])
        if self._timer is not None:
            self._timer.cancel()
        turn = min((turn for each in meant if (turn := each.turns(now)) is not None), default=None)
        self._timer = None if turn is None or self.over else asyncio.get_running_loop().call_at(turn, self.arrange)

    def meant(self) -> list[Placed]:
        """The faults that are for this connection, whatever the time."""
        return [each for each in self._faults if each.is_for(self)]

    def end(self) -> None:
        """The connection has gone."""
        if self.over:
            return
        self.over = True
        self._faults.leave(self)
        if self._timer is not None:
            self._timer.cancel()
        for way in self._ways.values():
            way.lost()

    # What acts ask for

    def wait(self, way: Way, *, full: bool) -> None:
        """A way holds back as much as it may, or no longer."""
        self._ends.wait(way.towards, full=full)

    def reset(self, why: str) -> None:
        """Break the connection off: `why` names the fault."""
        if not self.over:
            self._ends.reset(f"reset on purpose (fault {why})")

    def hang_up(self) -> None:
        """End the connection in order."""
        if not self.over:
            self._ends.hang_up()


SIDES: tuple[Side, Side] = ("client", "server")
