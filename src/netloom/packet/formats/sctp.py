"""SCTP (RFC 9260 §3, appendix A)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.packet.packing import numbers

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

SOURCE = 0
DESTINATION = 2
TAG = 4
CHECKSUM = 8
"""A CRC32c over the packet with zeros in this place, its lowest octet first."""
HEADER = 12
NUMBER = 132

_FIXED = struct.Struct(">HHI4s")
_RULE = "RFC 9260 §3.1"


# The record


class SCTP(Layer, frozen=True, kw_only=True):
    """The common header; chunks are payload, as the functions below make and read them."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", NUMBER),)

    dport: int = 80
    sport: int = 80
    tag: int = 0
    checksum: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an SCTP header", _RULE)
        sport, dport, tag, check = _FIXED.unpack_from(data)
        made = cls(dport=dport, sport=sport, tag=tag, checksum=int.from_bytes(check, "little"))
        return Parsed(made, HEADER, None, ("sctp", dport))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, dport=16, sport=16, tag=32, checksum=32)
        packet = packed_as(self, _FIXED, self.sport, self.dport, self.tag, bytes(4)) + payload
        value = crc32c(packet) if self.checksum is None else self.checksum
        return packet[:CHECKSUM] + packed_as(self, _LITTLE, value) + payload

    def tell(self, row: Row) -> None:
        row.src_port = self.sport
        row.dst_port = self.dport


_LITTLE = struct.Struct("<I")


def _entry(octet: int) -> int:
    value = octet
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_TABLE = [_entry(octet) for octet in range(256)]


def crc32c(data: bytes) -> int:
    """Castagnoli's check (appendix A)."""
    value = 0xFFFFFFFF
    for octet in data:
        value = _TABLE[(value ^ octet) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


# Chunks


class Chunk(NamedTuple):
    """One chunk: its type, its flags, and what follows its length."""

    type: int
    flags: int = 0
    value: bytes = b""


DATA, INIT, INIT_ACK, SACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN = range(8)
UNORDERED, BEGINNING, ENDING = 4, 2, 1
"""A data chunk's flags (§3.3.1)."""


def chunk(type: int, flags: int = 0, value: bytes = b"") -> bytes:
    """A chunk's octets, padded to words, which its length doesn't count (§3.2)."""
    return numbers("a chunk", ">BBH", type, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


def chunks(data: bytes) -> list[Chunk]:
    """Those of a packet, up to one that is broken."""
    found = []
    at = 0
    while at + 4 <= len(data):
        kind, flags, length = struct.unpack_from(">BBH", data, at)
        if length < 4 or at + length > len(data):
            break
        found.append(Chunk(kind, flags, bytes(data[at + 4 : at + length])))
        at += length + -length % 4
    return found


def init(tag: int, window: int = 65536, streams: int = 10, tsn: int = 0) -> bytes:
    """What opens an association: its sender's tag, receive window, streams each way and first number (§3.3.2)."""
    return chunk(INIT, 0, numbers("an association", ">IIHHI", tag, window, streams, streams, tsn))


def message(payload: bytes, tsn: int = 0, stream: int = 0, sequence: int = 0, protocol: int = 0) -> bytes:
    """A data chunk with a whole message (§3.3.1)."""
    return chunk(DATA, BEGINNING | ENDING, numbers("a message", ">IHHI", tsn, stream, sequence, protocol) + payload)
