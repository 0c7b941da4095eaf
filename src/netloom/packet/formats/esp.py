"""IPsec's encapsulating security payload (RFC 4303 §2)."""

from __future__ import annotations

import struct
from typing import ClassVar

from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole

# The view

SPI = 0
SEQUENCE = 4
HEADER = 8

_FIXED = struct.Struct(">II")
_RULE = "RFC 4303 §2"


# The record


class ESP(Layer, frozen=True, kw_only=True):
    """What stands in the clear: which association it is, and a count. What follows is secret, its next header too."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 50),)

    spi: int = 0
    seq: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an ESP header", _RULE)
        spi, seq = _FIXED.unpack_from(data)
        return Parsed(cls(spi=spi, seq=seq), HEADER, None, None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, spi=32, seq=32)
        return packed_as(self, _FIXED, self.spi, self.seq) + payload
