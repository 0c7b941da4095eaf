"""UDP (RFC 768, RFC 8200 §8.1)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.formats import known
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.wire.checksum import checksum, pseudo_header

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

SOURCE = 0
DESTINATION = 2
LENGTH = 4
"""Octets from the header's start; 0 in a jumbogram (RFC 2675 §4)."""
CHECKSUM = 6
"""0 where there is none."""
HEADER = 8
NUMBER = 17

_FIXED = struct.Struct(">HHHH")
_RULE = "RFC 768"


# The record


class UDP(Layer, frozen=True, kw_only=True):
    """A header. `dport` is filled in by what stands above it, or is 53; `checksum=0` sends none."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", NUMBER),)

    dport: int | None = None
    sport: int = 53
    length: int | None = None
    checksum: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a UDP header", _RULE)
        sport, dport, length, check = _FIXED.unpack_from(data)
        if 0 < length < HEADER:
            raise RemoteProtocolError(f"{length} octets, {HEADER} of them header", rule=_RULE, offset=LENGTH)
        made = cls(dport=dport, sport=sport, length=length, checksum=check)
        here, there = ("udp", sport), ("udp", dport)
        above = here if here in known() and there not in known() else there
        return Parsed(made, HEADER, length or None, above)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, dport=16, sport=16, length=16, checksum=16)
        dport = around.number("udp", self.dport, 53)
        length = HEADER + len(payload) if self.length is None else self.length
        datagram = packed_as(self, _FIXED, self.sport, dport, length, self.checksum or 0) + payload
        if self.checksum is None:
            from netloom.packet.formats.routing import covered

            source, destination = covered(around, "UDP")
            # The length that is covered is the true one, whatever the header says
            value = checksum(datagram, pseudo_header(source, destination, NUMBER, len(datagram))) or 0xFFFF
            datagram = datagram[:CHECKSUM] + value.to_bytes(2, "big") + payload
        return datagram

    def tell(self, row: Row) -> None:
        row.src_port = self.sport
        row.dst_port = self.dport or 0
