"""Summing: one pass over captures, in plain Python or by kernels; both give the same summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.tracker import Tracker
from netloom.packet.stepwise import Stepwise
from netloom.packet.summing.evidence import Evidence
from netloom.packet.summing.making import made
from netloom.packet.summing.record import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.flows.recognise import Recogniser
    from netloom.packet.flows.tracked import Ended
    from netloom.packet.kernels.flows import FlowTable
    from netloom.packet.reading import Reading

TOP = 10
"""Entries of a list, where nobody says how many."""


PART = 4096
"""Flows between two moments in which somebody can stop it."""
BATCHES = 8
"""Batches between two such moments; every packet of some may be one that is looked at closer."""


class Summing(Stepwise[Summary]):
    """Brings one summary, at the end. `top` is how many entries its lists have."""

    def __init__(
        self,
        reading: Reading,
        tell: Callable[[str], None] = lambda _: None,
        *,
        recognise: Recogniser | None = None,
        top: int = TOP,
    ) -> None:
        super().__init__(reading, tell)
        self._recognise = recognise
        self._top = top

    def work(self) -> Iterator[list[Summary]]:
        return self.by_kernels() if self.reading.compiled(self.tell) else self.plainly()

    def plainly(self) -> Iterator[list[Summary]]:
        """In plain Python."""
        evidence = Evidence()
        tracker = Tracker(recognise=self._recognise)
        for seen in self.reading.packets():
            if seen is None:
                yield []
                continue
            row, frame = seen.dissected.row, seen.frame
            evidence.packet(row, frame)
            evidence.flows(tracker.add(row, frame.data[row.payload_at : row.payload_at + row.payload]))
        yield from _parts(evidence, tracker.finish())
        yield [self._summary(evidence, tracker)]

    def by_kernels(self) -> Iterator[list[Summary]]:
        """By compiled kernels."""
        from netloom.packet.kernels.concluding import conclude
        from netloom.packet.kernels.conversing import Conversing
        from netloom.packet.kernels.flows import FlowTable
        from netloom.packet.kernels.summing import Sums

        evidence = Evidence()
        sums = Sums(evidence)
        counted = Conversing(evidence.conversed)
        table = FlowTable(recognise=self._recognise)
        for number, batch in enumerate(self.reading.batches(table.keys), 1):
            sums.add(batch)
            for block in table.add(batch):
                counted.add(block, evidence.until)
            if number % BATCHES == 0:
                yield []
        for block in table.finish():
            counted.add(block, evidence.until)
            yield []
        sums.finish()
        counted.count(evidence.until)
        for _ in conclude(counted, evidence.conversed):
            yield []
        yield [self._summary(evidence, table)]

    def _summary(self, evidence: Evidence, tracker: Tracker | FlowTable) -> Summary:
        capture = self.reading.capture
        evidence.drops = capture.drops
        evidence.finish()
        bounds = []
        if tracker.evicted:
            bounds.append(f"{tracker.evicted:,} flows were ended early: more went on at a time than are held")
        if tracker.heads.unread:
            bounds.append(f"the names of {tracker.heads.unread:,} flows weren't read to the end")
        return made(evidence, capture, self._top, (*bounds, *evidence.bounds))


def _parts(evidence: Evidence, ended: list[Ended]) -> Iterator[list[Summary]]:
    """Count flows, some at a time, so that somebody can stop it: there may be a million."""
    for start in range(0, len(ended), PART):
        evidence.flows(ended[start : start + PART])
        yield []
