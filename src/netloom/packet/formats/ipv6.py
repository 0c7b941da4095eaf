"""IPv6 (RFC 8200 §3, RFC 2474, RFC 3168, RFC 6437)."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import force_setattr

from netloom.errors import RemoteProtocolError
from netloom.packet.addresses import ipv6
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row
    from netloom.wire.checksum import IPAddress

# The view

VERSION_CLASS_FLOW = 0
"""The version in the upper four bits, then eight of the traffic class, then twenty of the flow label."""
LENGTH = 4
"""Octets behind the header, extension headers included; 0 is a jumbogram's (RFC 2675 §2)."""
NEXT_HEADER = 6
HOP_LIMIT = 7
SOURCE = 8
DESTINATION = 24
HEADER = 40
NONE = 59
"""The next header where nothing follows (§4.7)."""

_FIXED = struct.Struct(">IHBB16s16s")
_RULE = "RFC 8200 §3"


# The record


class IPv6(Layer, frozen=True, kw_only=True):
    """The fixed header. `length` counts the octets behind it; extension headers are layers of their own."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (
        ("ethertype", 0x86DD),
        ("ip", 41),
        ("link", 229),
        ("version", 6),
        ("ppp", 0x57),
    )

    dst: IPv6Address | str = IPv6Address("::1")
    src: IPv6Address | str = IPv6Address("::1")
    next_header: int | None = None
    hop_limit: int = 64
    dscp: int = 0
    ecn: int = 0
    flow_label: int = 0
    length: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "src", ipv6(self.src))
        force_setattr(self, "dst", ipv6(self.dst))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an IPv6 header", _RULE)
        first, length, next_header, hop_limit, source, destination = _FIXED.unpack_from(data)
        if first >> 28 != 6:
            raise RemoteProtocolError(f"version {first >> 28} where IPv6 is", rule=_RULE, offset=VERSION_CLASS_FLOW)
        made = cls(
            dst=IPv6Address(destination),
            src=IPv6Address(source),
            next_header=next_header,
            hop_limit=hop_limit,
            dscp=first >> 22 & 0x3F,
            ecn=first >> 20 & 3,
            flow_label=first & 0xFFFFF,
            length=length,
        )
        # As with IPv4, a network card that cuts segments itself is handed headers without a length, too
        return Parsed(made, HEADER, HEADER + length if length else None, ("ip", next_header))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, next_header=8, hop_limit=8, dscp=6, ecn=2, flow_label=20, length=16)
        head = packed_as(
            self,
            _FIXED,
            6 << 28 | self.dscp << 22 | self.ecn << 20 | self.flow_label,
            len(payload) if self.length is None else self.length,
            around.number("ip", self.next_header, NONE),
            self.hop_limit,
            ipv6(self.src).packed,
            ipv6(self.dst).packed,
        )
        return head + payload

    def tell(self, row: Row) -> None:
        row.inside(6)
        row.src_high, row.src_low = divmod(int(ipv6(self.src)), 1 << 64)
        row.dst_high, row.dst_low = divmod(int(ipv6(self.dst)), 1 << 64)
        row.protocol = self.next_header or 0
        row.ttl = self.hop_limit
        row.service = self.dscp << 2 | self.ecn
        row.identification = 0
        row.fragment = -1

    def ends(self) -> tuple[IPAddress, IPAddress]:
        return ipv6(self.src), ipv6(self.dst)
