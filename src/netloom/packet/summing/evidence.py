"""Evidence: all that is counted while captures are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        self.passed = Passed()
        self.closer = Closer()
        self.conversed = Conversed()
        self.drops = 0

    def packet(self, row: Row, frame: Frame) -> None:
        """Count a packet, in plain Python."""
        self.passed.add(row, frame.data)
        if interesting(row, frame.data):
            self.closer.look(row, frame.data)

    def flows(self, ended: list[Ended]) -> None:
        """Count flows that are over."""
        for one in ended:
            self.conversed.add(one, self.until)

    @property
    def until(self) -> int:
        """The latest time of any packet so far."""
        return self.passed.last or 0

    def finish(self) -> None:
        """No more packets come."""
        self.closer.resolving.finish(self.passed.last or 0)

    @property
    def bounds(self) -> list[str]:
        """What was left out because there was too much of it, in words."""
        conversed = self.conversed
        told = [
            f"{lost:,} {what} that came to little were left out: more passed than are held"
            for what, lost in (
                ("hosts", conversed.hosts.lost),
                ("conversations", conversed.pairs.lost),
                ("ports", conversed.ports.lost),
                ("names", conversed.names_lost),
            )
            if lost
        ]
        if conversed.lost + self.closer.lost + self.passed.stacks.lost:
            told.append("findings may miss what came to little: more passed than is held")
        return told
