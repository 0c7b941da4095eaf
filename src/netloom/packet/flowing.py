"""Flowing: the flows of captures, bit by bit, in plain Python or by kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netloom.packet.flows.declared import recogniser
from netloom.packet.flows.tracked import Ended
from netloom.packet.flows.tracker import ACTIVE, IDLE, Tracker
from netloom.packet.stepwise import Pauses, Stepwise, untold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from netloom.packet.flows.recognise import Recogniser
    from netloom.packet.kernels.flowcolumns import FlowColumns
    from netloom.packet.kernels.flows import FlowTable
    from netloom.packet.reading import Reading


_NANO = 1_000_000_000


class Ending(NamedTuple):
    """When a flow is over, in nanoseconds (`flows.tracker`), and by what it is recognised what flows speak."""

    idle: int = IDLE
    active: int = ACTIVE
    recognise: Recogniser | None = None

    @classmethod
    def of(cls, idle: float, active: float) -> Self:
        """After so many seconds; all protocols are recognised."""
        return cls(round(idle * _NANO), round(active * _NANO), recogniser())

    def tracker(self) -> Tracker:
        """What tells flows apart in plain Python."""
        return Tracker(self.idle, self.active, recognise=self.recognise)

    def table(self) -> FlowTable:
        """The same by compiled kernels."""
        from netloom.packet.kernels.flows import FlowTable

        return FlowTable(self.idle, self.active, recognise=self.recognise)


class Flowing(Stepwise[Ended]):
    """Brings flows that have ended. `tell` hears what bounds have cost."""

    def __init__(self, reading: Reading, tell: Callable[[str], None], ending: Ending | None = None) -> None:
        super().__init__(reading, tell)
        self._ending = ending or Ending()

    def work(self) -> Iterator[list[Ended]]:
        return self.by_kernels() if self.reading.compiled(self.tell) else self.plainly()

    def plainly(self) -> Iterator[list[Ended]]:
        """In plain Python."""
        tracker = self._ending.tracker()
        ended: list[Ended] = []
        for seen in self.reading.packets():
            if seen is None:
                yield ended
                ended = []
                continue
            row = seen.dissected.row
            ended += tracker.add(row, seen.frame.data[row.payload_at : row.payload_at + row.payload])
        yield tracker.finish()
        tell_of_bounds(tracker, self.tell)

    def by_kernels(self) -> Iterator[list[Ended]]:
        """By compiled kernels."""
        from netloom.packet.kernels.gone import made

        table = self._ending.table()
        ended: list[Ended] = []
        pause = Pauses()
        for batch in self.reading.batches(table.keys):
            for block in table.add(batch):
                ended += made(block)
            if pause():
                yield ended
                ended = []
        yield ended
        for block in table.finish():
            yield made(block)
        tell_of_bounds(table, self.tell)


def tell_of_bounds(tracker: Tracker | FlowTable, tell: Callable[[str], None]) -> None:
    """Tell what bounds have cost."""
    if tracker.evicted:
        tell(f"{tracker.evicted} flows were ended early: more went on at a time than are held")
    if tracker.heads.unread:
        tell(f"the names of {tracker.heads.unread} flows weren't read to the end: too many began at a time")


def columns(
    reading: Reading, ending: Ending | None = None, seed: int = 0, tell: Callable[[str], None] = untold
) -> FlowColumns:
    """All flows as NumPy arrays: the columns of `FlowRow`, and Community IDs with a seed.

    Raises CapabilityError where the packages aren't here that make columns.
    """
    reading.need_kernels(tell)
    from netloom.packet.kernels.flowtable import Flows

    flows = Flows((ending or Ending()).table(), seed)
    for _ in flows.gather(reading, tell):
        pass
    return flows.columns
