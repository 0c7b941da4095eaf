"""IPsec's authentication header (RFC 4302 §2)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.formats.ipv6 import NONE
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

NEXT_HEADER = 0
LENGTH = 1
"""The header's length in words of four octets, less two."""
RESERVED = 2
SPI = 4
SEQUENCE = 8
HEADER = 12
LARGEST = 1028

_FIXED = struct.Struct(">BBHII")
_RULE = "RFC 4302 §2"


# The record


class AH(Layer, frozen=True, kw_only=True):
    """A header. `icv` is the integrity check value, padded to words; `header` its own length in octets."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 51),)

    spi: int = 0
    seq: int = 0
    icv: bytes = b""
    next_header: int | None = None
    reserved: int = 0
    header: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an authentication header", _RULE)
        next_header, words, reserved, spi, seq = _FIXED.unpack_from(data)
        header = (words + 2) * 4
        if header < HEADER:
            raise RemoteProtocolError(f"a header of {header} octets", rule=f"{_RULE}.2", offset=LENGTH)
        whole(data, header, "an authentication header with its value", _RULE)
        made = cls(
            spi=spi,
            seq=seq,
            icv=bytes(data[HEADER:header]),
            next_header=next_header,
            reserved=reserved,
            header=header,
        )
        return Parsed(made, header, None, ("ip", next_header))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, spi=32, seq=32, next_header=8, reserved=16)
        icv = self.icv + bytes(-len(self.icv) % 4)
        header = HEADER + len(icv) if self.header is None else self.header
        if header % 4 or not 8 <= header <= LARGEST:
            raise UsageError(f"an authentication header of {header} octets", hint=f"a multiple of 4, up to {LARGEST}")
        number = around.number("ip", self.next_header, NONE)
        head = packed_as(self, _FIXED, number, header // 4 - 2, self.reserved, self.spi, self.seq)
        return head + icv + payload

    def tell(self, row: Row) -> None:
        row.protocol = self.next_header or 0
