"""Records of live packets: what was captured, what was sent and what came back."""

from __future__ import annotations

import msgspec

from netloom.packet.record import PacketRecord
from netloom.records import Record


class CaptureRecord(Record, frozen=True, kw_only=True):
    """What a capture brought: packets and octets that were kept, and packets that the kernel had no room for.

    Times in Unix seconds. `files` are those that are there; of a series that is bounded, the newest.
    """

    interfaces: list[str]
    packets: int
    octets: int
    dropped: int
    first: float | None = None
    last: float | None = None
    files: list[str] = msgspec.field(default_factory=list)


class SentRecord(Record, frozen=True, kw_only=True):
    """What was sent: packets and octets in so many seconds. `refused` are packets that the interface didn't take."""

    interface: str
    packets: int
    octets: int
    seconds: float
    rate: float
    refused: int = 0
    answered: int = 0
    problem: str = ""


class AnswerRecord(PacketRecord, frozen=True, kw_only=True):
    """A packet that answers one of those that were sent: the `answers`-th, from 1, `seconds` after it.

    `is_error` where it is the network's word of what became of it.
    """

    answers: int
    seconds: float
    is_error: bool
