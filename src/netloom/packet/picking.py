"""Picking: the packets of captures that a filter wants, bit by bit, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.reading import Seen
from netloom.packet.stepwise import Pauses, Stepwise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.kernels.batches import Batch


class Picking(Stepwise[Seen]):
    """Brings packets. Kernels look for a few among many; where all are wanted there is nothing to look for."""

    def work(self) -> Iterator[list[Seen]]:
        sought = self.reading.chooses and self.reading.compiled(self.tell)
        return self.by_kernels() if sought else self.plainly()

    def plainly(self) -> Iterator[list[Seen]]:
        """In plain Python."""
        found: list[Seen] = []
        for seen in self.reading.packets():
            if seen is None:
                yield found
                found = []
            else:
                found.append(seen)

    def by_kernels(self) -> Iterator[list[Seen]]:
        """By compiled kernels."""
        found: list[Seen] = []
        pause = Pauses()
        for batch in self.reading.batches():
            found += _seen(batch)
            if pause():
                yield found
                found = []
        yield found


def _seen(batch: Batch) -> list[Seen]:
    """A batch's rows as frames, dissected for people."""
    from netloom.packet.kernels import rows
    from netloom.packet.row import UNTOLD

    found = []
    for row in batch.table[: batch.size].tolist():
        data = batch.data[row[rows.PLACE] : row[rows.PLACE] + row[rows.CAPTURED]].tobytes()
        time = None if row[rows.TIME] == UNTOLD else row[rows.TIME]
        frame = Frame(data, time, row[rows.LINK], row[rows.LENGTH], row[rows.INTERFACE])
        found.append(Seen(row[rows.NUMBER], frame, dissect(frame)))
    return found
