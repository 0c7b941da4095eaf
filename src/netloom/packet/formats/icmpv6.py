"""ICMPv6 (RFC 4443 §2)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.packet.formats.icmp import echo, four
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.wire.checksum import checksum, pseudo_header

if TYPE_CHECKING:
    from netloom.packet.row import Row

__all__ = ["CHECKSUM", "CODE", "ECHO", "ECHO_REPLY", "HEADER", "NUMBER", "REST", "TYPE", "ICMPv6", "echo"]

# The view

TYPE = 0
CODE = 1
CHECKSUM = 2
"""Over the addresses as well (§2.3)."""
REST = 4
"""Four octets whose meaning is the type's: identifier and sequence of an echo, a pointer, an MTU, flags."""
HEADER = 8
NUMBER = 58
ECHO, ECHO_REPLY = 128, 129

_FIXED = struct.Struct(">BBH4s")
_RULE = "RFC 4443 §2.1"


# The record


class ICMPv6(Layer, frozen=True, kw_only=True):
    """A header; what is quoted or echoed is payload. `rest` is four octets, as `echo` makes them, padded with zeros."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", NUMBER),)

    type: int = ECHO
    code: int = 0
    rest: bytes = bytes(4)
    checksum: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an ICMPv6 header", _RULE)
        kind, code, check, rest = _FIXED.unpack_from(data)
        return Parsed(cls(type=kind, code=code, rest=rest, checksum=check), HEADER, None, None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, type=8, code=8, checksum=16)
        message = packed_as(self, _FIXED, self.type, self.code, self.checksum or 0, four(self.rest)) + payload
        if self.checksum is None:
            from netloom.packet.formats.routing import covered

            source, destination = covered(around, "ICMPv6")
            value = checksum(message, pseudo_header(source, destination, NUMBER, len(message)))
            message = message[:CHECKSUM] + value.to_bytes(2, "big") + message[REST:]
        return message

    def tell(self, row: Row) -> None:
        row.icmp_type = self.type
        row.icmp_code = self.code

    @property
    def identifier(self) -> int:
        """Of an echo: whose it is."""
        return int.from_bytes(four(self.rest)[:2], "big")

    @property
    def sequence(self) -> int:
        """Of an echo: the how manieth it is."""
        return int.from_bytes(four(self.rest)[2:], "big")
