"""Datagrams between two places, as they came (RFC 768)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import Closed, Data, Event, Gap, Opened
from netloom.wire.tftp import packets

if TYPE_CHECKING:
    from netloom.packet.row import Row
    from netloom.packet.streams.direction import Direction
    from netloom.packet.streams.events import Stream

ASKED = 1024
"""Requests of TFTP whose answers are waited for."""
_REQUESTS = (b"\0\1", b"\0\2")

Port = tuple[int, int, int]
"""An address in two halves, and a port."""
Key = tuple[int, int, Port, Port]
"""IP's version, the number of what it carries, and both ends, the client first."""


class Datagrams:
    """Each is given at once; `offset` counts the octets of all before it."""

    over = False

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.sides: dict[str, Direction] = {}
        self.aliases: list[Key] = []
        self._offsets = {"client": 0, "server": 0}
        self._opened = False

    def add(self, row: Row, payload: bytes, sender: str, time: int) -> list[Event]:
        """A datagram of one side."""
        given: list[Event] = []
        if not self._opened:
            self._opened = True
            given.append(Opened(self.stream, time))
        counts, offset = self.stream.counts[sender], self._offsets[sender]
        counts.segments += 1
        counts.octets += len(payload)
        given.append(Data(self.stream, time, sender, offset, payload))
        missing = max(0, row.payload_length - len(payload))
        if missing:
            counts.missing += missing
            given.append(Gap(self.stream, time, sender, offset + len(payload), missing, "cut"))
        self._offsets[sender] = offset + len(payload) + missing
        return given

    def close(self, time: int, reason: str) -> list[Event]:
        """Nothing more comes."""
        return [Closed(self.stream, time, reason)]


class Transfers:
    """Whose answers come from another port than was asked: TFTP's (RFC 1350 §4). The last `ASKED` are known."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[Port, tuple[int, int]], Key] = OrderedDict()

    def note(self, source: Port, destination: Port, payload: bytes, key: Key) -> None:
        """A datagram that may be a request."""
        if payload[:2] not in _REQUESTS:
            return
        try:
            found = packets.parse(payload)
        except RemoteProtocolError:
            return
        if isinstance(found, packets.Request) and found.mode in ("octet", "netascii"):
            self._asked[source, destination[:2]] = key
            if len(self._asked) > ASKED:
                self._asked.popitem(last=False)

    def answered(self, source: Port, destination: Port) -> Key | None:
        """The conversation that a first datagram between two ports answers."""
        return self._asked.pop((destination, source[:2]), None)
