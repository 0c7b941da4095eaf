"""ICMP (RFC 792)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.errors import UsageError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.packet.packing import numbers
from netloom.wire.checksum import checksum

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

TYPE = 0
CODE = 1
CHECKSUM = 2
REST = 4
"""Four octets whose meaning is the type's: identifier and sequence of an echo, a gateway, a pointer, an MTU."""
HEADER = 8
ECHO_REPLY, ECHO = 0, 8

_FIXED = struct.Struct(">BBH4s")
_RULE = "RFC 792"


# The record


class ICMP(Layer, frozen=True, kw_only=True):
    """A header; what is quoted or echoed is payload. `rest` is four octets, as `echo` makes them, padded with zeros."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 1),)

    type: int = ECHO
    code: int = 0
    rest: bytes = bytes(4)
    checksum: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an ICMP header", _RULE)
        kind, code, check, rest = _FIXED.unpack_from(data)
        return Parsed(cls(type=kind, code=code, rest=rest, checksum=check), HEADER, None, None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, type=8, code=8, checksum=16)
        message = packed_as(self, _FIXED, self.type, self.code, self.checksum or 0, four(self.rest)) + payload
        if self.checksum is None:
            message = message[:CHECKSUM] + checksum(message).to_bytes(2, "big") + message[REST:]
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


# What stands in the rest


def four(rest: bytes) -> bytes:
    """The rest, padded to four octets. Raises UsageError for more."""
    if len(rest) > HEADER - REST:
        raise UsageError(f"the rest of an ICMP header has 4 octets, not {len(rest)}", hint="what follows is payload")
    return rest.ljust(HEADER - REST, b"\0")


def echo(identifier: int = 0, sequence: int = 0) -> bytes:
    """Identifier and sequence of an echo, or of its reply."""
    return numbers("an echo", ">HH", identifier, sequence)
