"""IPv6's routing header (RFC 8200 §4.4, RFC 2460 §4.4, RFC 6275 §6.4, RFC 8754 §2)."""

from __future__ import annotations

import itertools
import struct
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, ClassVar

from netloom.errors import UsageError
from netloom.packet.addresses import ipv6
from netloom.packet.formats.destination import Destination
from netloom.packet.formats.ipv6 import NONE
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.packet.packing import numbers

if TYPE_CHECKING:
    from netloom.packet.row import Row
    from netloom.wire.checksum import IPAddress

# The view

NEXT_HEADER = 0
LENGTH = 1
"""The header's length in units of eight octets, the first eight not counted."""
TYPE = 2
SEGMENTS_LEFT = 3
DATA = 4
HEADER = 8
"""The least that such a header has."""
LARGEST = 2048
SOURCE_ROUTE, HOME, SEGMENTS = 0, 2, 4
"""The types that hold whole addresses: the first is deprecated (RFC 5095), the last is segment routing."""

_FIXED = struct.Struct(">BBBB")
_RULE = "RFC 8200 §4.4"


# The record


class Routing(Layer, frozen=True, kw_only=True):
    """A header. `data` stands behind its first four octets, as the functions below make it; zeros pad it."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 43),)

    next_header: int | None = None
    type: int = SEGMENTS
    segments_left: int = 0
    data: bytes = bytes(4)
    header: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a routing header", _RULE)
        next_header, units, kind, left = _FIXED.unpack_from(data)
        header = 8 + 8 * units
        whole(data, header, "a routing header", _RULE)
        made = cls(next_header=next_header, type=kind, segments_left=left, data=bytes(data[DATA:header]), header=header)
        return Parsed(made, header, None, ("ip", next_header))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, next_header=8, type=8, segments_left=8)
        data = self.data + bytes(-(DATA + len(self.data)) % 8)
        header = DATA + len(data) if self.header is None else self.header
        if header % 8 or not HEADER <= header <= LARGEST:
            raise UsageError(f"a routing header of {header} octets", hint=f"a multiple of 8, {HEADER} to {LARGEST}")
        number = around.number("ip", self.next_header, NONE)
        return packed_as(self, _FIXED, number, header // 8 - 1, self.type, self.segments_left) + data + payload

    def tell(self, row: Row) -> None:
        row.protocol = self.next_header or 0

    def addresses(self) -> list[IPv6Address]:
        """Those that are in it, as they stand there: segment routing has them in reverse (RFC 8754 §2)."""
        count = len(self.data) // 16
        if self.type == SEGMENTS:
            count = min(count, self.data[0] + 1) if self.data else 0
        elif self.type not in (SOURCE_ROUTE, HOME):
            count = 0
        return [
            IPv6Address(self.data[4 + 16 * at : 20 + 16 * at]) for at in range(count) if len(self.data) >= 20 + 16 * at
        ]

    def final(self) -> IPv6Address | None:
        """Where the packet ends up, while it is on its way there."""
        found = self.addresses()
        return (found[0] if self.type == SEGMENTS else found[-1]) if found and self.segments_left else None


def covered(around: Around, what: str) -> tuple[IPAddress, IPAddress]:
    """The addresses that a checksum covers: home and final destination (RFC 6275 §6.3.1, RFC 8200 §8.1).

    Raises UsageError where no IP is below.
    """
    source, destination = around.addresses(what)
    below = list(itertools.takewhile(lambda layer: layer.ends() is None, reversed(around.below)))
    homes = [home for layer in below if isinstance(layer, Destination) and (home := layer.home()) is not None]
    finals = [final for layer in below if isinstance(layer, Routing) and (final := layer.final()) is not None]
    return homes[0] if homes else source, finals[0] if finals else destination


# What stands behind the first four octets


def source_route(*addresses: str) -> bytes:
    """The nodes still to visit, the next one first (types 0 and 2)."""
    return bytes(4) + b"".join(ipv6(address).packed for address in addresses)


def segments(*addresses: str, flags: int = 0, tag: int = 0) -> bytes:
    """Segments in the order of the way, which stand there in reverse (type 4, RFC 8754 §2)."""
    head = numbers("a list of segments", ">BBH", max(0, len(addresses) - 1), flags, tag)
    return head + b"".join(ipv6(address).packed for address in reversed(addresses))
