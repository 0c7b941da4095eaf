"""A tape and its tracks: who said what and when, conversation by conversation."""

from __future__ import annotations

from msgspec import Struct

from netloom.packet.streams.events import Place

SAID, END, RESET, SECURE = "said", "end", "reset", "secure"


class Step(Struct, frozen=True):
    """What a side did. `act` is said (with its `data`), end, reset, or secure: here TLS begins.

    `time` is nanoseconds since 1970, `pause` seconds since anybody did something, `offset` what the side said before in
    octets. `turn` counts from 1, whenever the other side begins to speak. A datagram is a step of its own.
    """

    sender: str
    time: int
    pause: float = 0.0
    data: bytes = b""
    act: str = SAID
    offset: int = 0
    turn: int = 1


class Track(Struct, frozen=True, kw_only=True):
    """One conversation. `number` is the stream's, as following tells it; `secured`: all of it was inside TLS.
    `started` is nanoseconds since 1970.

    `flaw` says, in words, why it isn't whole; nothing where it is. Its steps are those before the flaw.
    """

    number: int
    transport: str
    protocol: str
    client: Place
    server: Place
    started: int
    steps: list[Step]
    secured: bool = False
    flaw: str = ""

    @property
    def speaks(self) -> bool:
        """Whether anybody says anything."""
        return any(step.act == SAID for step in self.steps)

    @property
    def ended(self) -> int:
        """Nanoseconds since 1970."""
        return self.steps[-1].time


class Tape(Struct, frozen=True):
    """Conversations in the order in which they began, and what is to be told of all of them."""

    tracks: list[Track]
    notes: list[str] = []
