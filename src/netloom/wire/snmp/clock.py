"""Engines' clocks: what is in time and what is an old message played again (RFC 3414 §2.2.3, §3.2 7)."""

from __future__ import annotations

from msgspec import Struct

WINDOW = 150
"""Seconds that a message may be old."""
LATCHED = (1 << 31) - 1
"""A clock that has come to its end: nothing is in time any more."""


class OwnClock(Struct):
    """An authoritative engine's own clock. `started` is the moment of its start on some steady clock, in seconds."""

    boots: int
    started: float

    def at(self, now: float) -> tuple[int, int]:
        """Boots and time at a moment. Every 2^31 seconds count as a boot."""
        turns, seconds = divmod(int(now - self.started), LATCHED)
        return min(self.boots + turns, LATCHED), seconds

    def in_time(self, boots: int, time: int, now: float) -> bool:
        """Whether a message that was sent to us is (RFC 3414 §3.2 7a)."""
        mine, seconds = self.at(now)
        return mine != LATCHED and boots == mine and abs(time - seconds) <= WINDOW


class Clock(Struct):
    """What we believe of another engine's clock: as it was at the moment `since`, and the latest time that it proved.

    Until it has proven something it is a guess to ask with, which the first authentic message replaces.
    """

    boots: int
    time: int
    since: float
    latest: int = 0
    proven: bool = False

    def at(self, now: float) -> tuple[int, int]:
        """Boots and time at a moment."""
        return self.boots, min(self.time + max(0, int(now - self.since)), LATCHED)

    def in_time(self, boots: int, time: int, now: float) -> bool:
        """Whether an authentic message from it is; its clock is learnt from it (RFC 3414 §3.2 7b)."""
        if not self.proven or boots > self.boots or (boots == self.boots and time > self.latest):
            self.boots, self.time, self.latest, self.since, self.proven = boots, time, time, now, True
        mine, seconds = self.at(now)
        return mine != LATCHED and boots == mine and time >= seconds - WINDOW
