"""The first payloads of flows: what is spoken, and the names in them, within bounds for each flow and for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.flows.names import READERS, Reader, read
from netloom.packet.flows.recognise import CLIENT, SERVER, TRANSPORTS
from netloom.packet.flows.tracked import Names

if TYPE_CHECKING:
    from netloom.packet.flows.recognise import Recogniser

PACKETS = 4
OCTETS = 8192
"""Payloads of each direction that are read for names at most, and their octets."""
ALL = 64 << 20
"""Octets that may be under way for names in all flows together."""


class Head(Struct):
    """What one flow began with. `protocol` is IP's number of what carries it; `app` is empty where nobody knows it."""

    protocol: int
    app: str = ""
    names: Names = Names()
    reader: Reader | None = None
    packets: tuple[int, int] = (0, 0)
    octets: tuple[int, int] = (0, 0)


class Heads:
    """Reads the heads of flows. `unread` counts those that weren't read to the end, as too many were under way."""

    def __init__(self, recogniser: Recogniser | None = None) -> None:
        self.unread = 0
        self._recogniser = recogniser
        self._octets = 0

    def recognise(self, head: Head, back: int, payload: bytes) -> None:
        """Say what is spoken, by the first payload of one direction (`back`: 0 forward, 1 backward)."""
        if head.app or self._recogniser is None:
            return
        found = self._recogniser.find(TRANSPORTS[head.protocol], SERVER if back else CLIENT, payload)
        if found is not None:
            head.app = found.name
            head.reader = READERS[found.name](head.protocol) if found.wants_head else None

    def go_on(self, head: Head, first: bytes, packets: tuple[int, int], octets: tuple[int, int]) -> None:
        """Go on with what somebody else has read: all gave the names of the first payload. `head.app` is known."""
        head.reader = READERS[head.app](head.protocol)
        read(head.reader, 0, first)
        head.packets, head.octets = packets, octets
        self._octets += sum(octets)

    def read(self, head: Head, back: int, payload: bytes, *, whole: bool) -> None:
        """Read a payload that follows those before it for names. `whole`: all of it was captured."""
        reader = head.reader
        if reader is None or (back and not reader.both) or head.packets[back] == PACKETS:
            return
        payload = payload[: OCTETS - head.octets[back]]
        head.packets = _counted(head.packets, back, 1)
        head.octets = _counted(head.octets, back, len(payload))
        self._octets += len(payload)
        if self._octets > ALL:
            self.unread += 1
            self.close(head)
            return
        wants = read(reader, back, payload)
        # What follows octets that weren't captured isn't what follows them in the stream
        if not wants or not whole or _read_out(head, both=reader.both):
            self.close(head)

    def close(self, head: Head) -> None:
        """Keep the names that were read, and let go of the rest."""
        if head.reader is not None:
            head.names = head.reader.names
            head.reader = None
            self._octets -= sum(head.octets)


def _counted(pair: tuple[int, int], back: int, more: int) -> tuple[int, int]:
    return (pair[0], pair[1] + more) if back else (pair[0] + more, pair[1])


def _read_out(head: Head, *, both: bool) -> bool:
    """Whether nothing more may be read, in any direction that counts."""
    ends = [packets == PACKETS or octets == OCTETS for packets, octets in zip(head.packets, head.octets, strict=True)]
    return all(ends) if both else ends[0]
