"""pcap: the classic capture file, as a reader of blocks and as octets (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.captures.blocks import BLOCK_LIMIT, FRAME_LIMIT, Damaged, Interface
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    from netloom.packet.captures.blocks import Block
    from netloom.packet.captures.source import Source

Octets = bytes | bytearray | memoryview

MICROSECONDS, NANOSECONDS, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
"""A file's first number. That of Kuznetzov's modified libpcap has longer record headers."""
MAGICS = {
    struct.pack(order + "I", magic): (order, magic) for order in "<>" for magic in (MICROSECONDS, NANOSECONDS, MODIFIED)
}
HEAD = 16
"""Octets before a record's frame, as the format has them today."""
HEADS = {MICROSECONDS: (HEAD, 24, 20), NANOSECONDS: (HEAD,), MODIFIED: (24, 28)}
"""Those that were written under each number: today's, Red Hat 6.1's and Nokia's; Kuznetzov's and SuSE 6.3's.

The first 16 octets say the same in each.
"""
_RULE = "draft-ietf-opsawg-pcap"
_FCS = 1 << 26


class PcapReader:
    """Reads a pcap file from wherever its octets are. `limit` bounds a frame, `head` is a record's header.

    `source` is whom the octets come from, all up to each `end`; by it errors tell the place in the file.
    """

    kind = "pcap"

    def __init__(self, name: str = "the capture", source: Source | None = None) -> None:
        self.name = name
        self.order = "<"
        self.interfaces: list[Interface] = []
        self.limit = FRAME_LIMIT
        self.head = HEAD
        self._settled = False
        self._source = source
        self._unpack = struct.Struct("<IIII").unpack_from
        self._link_type = 0
        self._nanoseconds = 1

    def block(self, data: Octets, at: int, end: int) -> tuple[Block, int] | None:
        """The block at `at`, and where the next one begins; None where more octets are needed. Raises Damaged."""
        if not self.interfaces:
            return self._header(data, at, end)
        if end - at < self.head:
            return None
        seconds, fraction, captured, length = self._unpack(data, at)
        if captured > self.limit:
            raise self._damaged(f"a packet of {captured} octets", at, end)
        start = at + self.head
        after = start + captured
        if after > end:
            return None
        time = seconds * 1_000_000_000 + fraction * self._nanoseconds
        return Frame(bytes(data[start:after]), time, self._link_type, length), after

    def _header(self, data: Octets, at: int, end: int) -> tuple[Block, int] | None:
        if end - at < 24:
            return None
        magic = bytes(data[at : at + 4])
        if magic not in MAGICS:
            raise self._damaged("no pcap file begins so", at, end)
        self.order, kind = MAGICS[magic]
        major, minor, _, _, snap, link = struct.unpack_from(self.order + "HHIIII", data, at + 4)
        if (major, minor) not in ((2, 3), (2, 4)):
            raise self._damaged(f"version {major}.{minor} of the format isn't known, only 2.4", at + 4, end)
        self._unpack = struct.Struct(self.order + "IIII").unpack_from
        self._nanoseconds = 1 if kind == NANOSECONDS else 1000
        self.limit = min(max(snap, FRAME_LIMIT), BLOCK_LIMIT)
        if not self._settled:
            self.head = HEADS[kind][0]
        self._link_type = link & 0xFFFF
        ticks = 1_000_000_000 // self._nanoseconds
        fcs = 2 * (link >> 28) if link & _FCS else 0
        self.interfaces.append(Interface(self._link_type, ticks=ticks, snap=snap, fcs=fcs))
        return self.interfaces[0], at + 24

    def _damaged(self, what: str, place: int, end: int) -> Damaged:
        passed = end if self._source is None else self._source.given
        return Damaged(self.name, what, passed - (end - place), rule=_RULE)

    def settle(self, beginning: bytes) -> None:
        """Find out by its first octets how long a file's record headers are; without that they are the usual ones."""
        _, kind = MAGICS.get(beginning[:4], ("", NANOSECONDS))
        if len(HEADS[kind]) > 1:
            self._settled = True
            self.head = next((head for head in HEADS[kind] if _sound(beginning, head)), HEADS[kind][0])


def _sound(beginning: bytes, head: int) -> bool:
    """Whether the first records make sense with such headers. A file that is cut does so with the usual ones only."""
    order, kind = MAGICS[beginning[:4]]
    at = 24
    for _ in range(8):
        rest = len(beginning) - at
        if rest < HEAD:
            return rest <= 0 or head == HEADS[kind][0]
        _, fraction, captured, length = struct.unpack_from(order + "IIII", beginning, at)
        if fraction >= 1_000_000 or captured > FRAME_LIMIT or captured > length:
            return False
        at += head + captured
    return True


def file_header(link_type: int, *, nanoseconds: bool = True, snap: int = FRAME_LIMIT, fcs: int = 0) -> bytes:
    """What a file starts with; `fcs` octets at each frame's end are its check sequence."""
    link = link_type | ((fcs // 2) << 28 | _FCS if fcs else 0)
    return struct.pack("<IHHIIII", NANOSECONDS if nanoseconds else MICROSECONDS, 2, 4, 0, 0, snap, link)


def record(frame: Frame, *, nanoseconds: bool = True) -> bytes:
    """One frame. Time that isn't told is written as 0. Raises UsageError for what a record can't hold."""
    seconds, rest = divmod(frame.timestamp_ns or 0, 1_000_000_000)
    if not 0 <= seconds < 1 << 32:
        raise UsageError(f"{frame.timestamp_ns} ns is no time that a pcap file can tell", hint="pcapng can")
    if len(frame.data) > FRAME_LIMIT:
        raise UsageError(f"a packet of {len(frame.data)} octets: a pcap file takes {FRAME_LIMIT}", hint="pcapng can")
    fraction = rest if nanoseconds else rest // 1000
    return struct.pack("<IIII", seconds, fraction, len(frame.data), frame.length) + frame.data
