"""Evidence: all that is counted while captures are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.bounded import Sets
from netloom.packet.summing.closer import Closer, interesting
from netloom.packet.summing.conversed import Conversed
from netloom.packet.summing.passed import Passed

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Ended
    from netloom.packet.frame import Frame
    from netloom.packet.row import Row


class Evidence:
    """What packets say on their own, what is in some of them, and what their flows add up to."""

    def __init__(self) -> None:
        self._sets = Sets()
        self.passed = Passed()
        self.closer = Closer(self._sets)
        self.conversed = Conversed(self._sets)
        self.drops = 0

    def packet(self, row: Row, frame: Frame) -> None:
        """Count a packet, in plain Python."""
        self.passed.add(row, frame.data)
        if interesting(row, frame.data):
            self.closer.look(row, frame.data)

    def flows(self, ended: list[Ended]) -> None:
        """Count flows that are over."""
        until = self.passed.last or 0
        for one in ended:
            self.conversed.add(one, until)

    def finish(self) -> None:
        """No more packets come."""
        self.closer.resolving.finish(self.passed.last or 0)

    @property
    def lost(self) -> int:
        """Keys of counts that were forgotten because there were too many."""
        conversed, closer = self.conversed, self.closer
        held = (
            conversed.hosts, conversed.pairs, conversed.ports, conversed.apps, conversed.tries, conversed.resets,
            conversed.zero_windows, conversed.old_tls, conversed.telnet, conversed.servers, conversed.queries,
            conversed.scans.ports, conversed.scans.hosts, closer.neighbours.owners, closer.neighbours.announced,
            closer.neighbours.asked, closer.complaints.by, closer.resolving.servers, closer.secrets.seen,
            self.passed.stacks,
        )  # fmt: skip
        return sum(one.lost for one in held) + closer.resolving.lost + self._sets.lost
