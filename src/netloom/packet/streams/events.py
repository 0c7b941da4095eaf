"""What happens on streams, in the order in which it was seen."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

CLIENT, SERVER = "client", "server"
OTHER = {CLIENT: SERVER, SERVER: CLIENT}


class Place(NamedTuple):
    """An address, in text, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Counts(Struct):
    """What was seen of one direction, in octets but for `segments`.

    `retransmitted` came again, `differing` of it said something else, `missing` was never seen, `late` came when it was
    given up already, or after the end.
    """

    segments: int = 0
    octets: int = 0
    retransmitted: int = 0
    differing: int = 0
    missing: int = 0
    late: int = 0


class Stream(Struct, eq=False, kw_only=True):
    """One conversation. `number` counts from 0 in the order of first packets, `started` is nanoseconds since 1970.

    `whole`: its beginning was seen. Where it wasn't, who is the client is guessed. `inside` names what it was carried
    in and freed from: tls, or nothing.
    """

    number: int
    transport: str
    client: Place
    server: Place
    started: int
    whole: bool = False
    inside: str = ""
    counts: dict[str, Counts]


class Event(Struct, frozen=True, eq=False):
    """Something that happened on a stream; `time` is nanoseconds since 1970."""

    stream: Stream
    time: int


class Opened(Event, frozen=True):
    """The first packet of a stream was seen."""


class Data(Event, frozen=True):
    """The next octets of a side. `offset` counts from its first octet; gaps count too."""

    sender: str
    offset: int
    data: bytes


class Gap(Event, frozen=True):
    """So many octets of a side were never seen. `reason`: acknowledged, full (nothing more could be held) or end."""

    sender: str
    offset: int
    size: int
    reason: str


class Finished(Event, frozen=True):
    """A side has no more to say, and all of it was given."""

    sender: str


class Reset(Event, frozen=True):
    """A side broke it off."""

    sender: str


class Closed(Event, frozen=True):
    """Nothing more comes of a stream. `reason`: replaced (by a new one), limit (too many), capture (its end)."""

    reason: str
