"""IPv6's fragment header (RFC 8200 §4.5)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.errors import UsageError
from netloom.packet.formats.ipv6 import NONE
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

NEXT_HEADER = 0
RESERVED = 1
OFFSET = 2
"""Thirteen bits of where the fragment belongs, in units of eight octets, two that are reserved, and the flag."""
IDENTIFICATION = 4
HEADER = 8
MORE = 1
LAST = 0xFFF8
"""Octets before the last fragment that there can be."""

_FIXED = struct.Struct(">BBHI")
_RULE = "RFC 8200 §4.5"


# The record


class Fragment(Layer, frozen=True, kw_only=True):
    """A header. `fragment` is where it belongs, in octets; of what is reserved there are an octet and two bits."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 44),)

    next_header: int | None = None
    fragment: int = 0
    more_fragments: bool = False
    identification: int = 0
    reserved: int = 0
    reserved_bits: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a fragment header", _RULE)
        next_header, reserved, where, identification = _FIXED.unpack_from(data)
        made = cls(
            next_header=next_header,
            fragment=where & LAST,
            more_fragments=bool(where & MORE),
            identification=identification,
            reserved=reserved,
            reserved_bits=where >> 1 & 3,
        )
        return Parsed(made, HEADER, None, None if made.fragment else ("ip", next_header))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, next_header=8, more_fragments=1, identification=32, reserved=8, reserved_bits=2)
        if self.fragment % 8 or not 0 <= self.fragment <= LAST:
            raise UsageError(f"Fragment(fragment={self.fragment!r})", hint=f"a multiple of 8, up to {LAST}")
        where = self.fragment | self.reserved_bits << 1 | self.more_fragments
        number = around.number("ip", self.next_header, NONE)
        return packed_as(self, _FIXED, number, self.reserved, where, self.identification) + payload

    def tell(self, row: Row) -> None:
        row.protocol = self.next_header or 0
        row.identification = self.identification
        # A packet of one fragment is whole (RFC 6946)
        row.fragment = self.fragment if self.fragment or self.more_fragments else -1
