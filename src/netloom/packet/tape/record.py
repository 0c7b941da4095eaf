"""What playing a tape emits."""

from __future__ import annotations

from netloom.records import Outcome


class PlayedRecord(Outcome, frozen=True, kw_only=True):
    """One conversation of a recording that was played with one peer.

    `conversation` is the stream's number in the recording. Where the peer departed from it, `turn` (from 1, whenever
    the other side begins to speak) and `offset` say where the recording has it, `expected` and `got` tell in words what
    was recorded and what came. `said` and `heard` are octets. `note` says why the recording isn't whole.
    """

    conversation: int | None = None
    turn: int | None = None
    offset: int | None = None
    expected: str = ""
    got: str = ""
    said: int = 0
    heard: int = 0
    note: str = ""
