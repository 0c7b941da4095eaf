"""Flowing: the flows of captures, bit by bit, in plain Python or by kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.tracked import Ended
from netloom.packet.flows.tracker import ACTIVE, IDLE, Tracker
from netloom.packet.reading import BATCHES
from netloom.packet.stepwise import Stepwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.flows.recognise import Recogniser
    from netloom.packet.kernels.flows import FlowTable
    from netloom.packet.reading import Reading


class Flowing(Stepwise[Ended]):
    """Brings flows that have ended. `idle` and `active` are nanoseconds; `tracker` tells what bounds have cost."""

    def __init__(
        self,
        reading: Reading,
        tell: Callable[[str], None],
        *,
        idle: int = IDLE,
        active: int = ACTIVE,
        recognise: Recogniser | None = None,
    ) -> None:
        super().__init__(reading, tell)
        self.tracker: Tracker | FlowTable | None = None
        self._idle = idle
        self._active = active
        self._recognise = recognise

    def work(self) -> Iterator[list[Ended]]:
        return self.by_kernels() if self.reading.compiled(self.tell) else self.plainly()

    def plainly(self) -> Iterator[list[Ended]]:
        """In plain Python."""
        tracker = self.tracker = Tracker(self._idle, self._active, recognise=self._recognise)
        ended: list[Ended] = []
        for seen in self.reading.packets():
            if seen is None:
                yield ended
                ended = []
                continue
            row = seen.dissected.row
            ended += tracker.add(row, seen.frame.data[row.payload_at : row.payload_at + row.payload])
        yield tracker.finish()

    def by_kernels(self) -> Iterator[list[Ended]]:
        """By compiled kernels."""
        from netloom.packet.kernels.flows import FlowTable

        table = self.tracker = FlowTable(self._idle, self._active, recognise=self._recognise)
        ended: list[Ended] = []
        for number, batch in enumerate(self.reading.batches(), 1):
            ended += table.add(batch)
            if number % BATCHES == 0:
                yield ended
                ended = []
        yield ended
        yield from table.finishing()
