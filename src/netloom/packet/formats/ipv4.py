"""IPv4 (RFC 791 §3.1, RFC 2474, RFC 3168)."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import force_setattr

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.addresses import ipv4
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.packet.row import MAPPED
from netloom.wire.checksum import IPAddress, checksum

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

VERSION_LENGTH = 0
"""The version in the upper four bits, in the lower the header's length in words of four octets."""
SERVICE = 1
LENGTH = 2
IDENTIFICATION = 4
FRAGMENT = 6
"""Three flags, and thirteen bits of where the fragment belongs, in units of eight octets."""
TTL = 8
PROTOCOL = 9
CHECKSUM = 10
SOURCE = 12
DESTINATION = 16
HEADER = 20
LARGEST = 60
RESERVED, DONT, MORE, OFFSET = 0x8000, 0x4000, 0x2000, 0x1FFF

_FIXED = struct.Struct(">BBHHHBBH4s4s")
_RULE = "RFC 791 §3.1"


# The record


class IPv4(Layer, frozen=True, kw_only=True):
    """A header. `fragment` and `header` (its length, options included) are in octets; options are padded to words."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (
        ("ethertype", 0x0800),
        ("ip", 4),
        ("link", 228),
        ("version", 4),
        ("ppp", 0x21),
    )

    dst: IPv4Address | str = IPv4Address("127.0.0.1")
    src: IPv4Address | str = IPv4Address("127.0.0.1")
    protocol: int | None = None
    ttl: int = 64
    identification: int = 0
    dont_fragment: bool = False
    more_fragments: bool = False
    reserved: bool = False
    fragment: int = 0
    dscp: int = 0
    ecn: int = 0
    options: bytes = b""
    length: int | None = None
    header: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "src", ipv4(self.src))
        force_setattr(self, "dst", ipv4(self.dst))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an IPv4 header", _RULE)
        first, service, length, identification, where, ttl, protocol, check, source, destination = _FIXED.unpack_from(
            data
        )
        header = (first & 15) * 4
        if first >> 4 != 4:
            raise RemoteProtocolError(f"version {first >> 4} where IPv4 is", rule=_RULE, offset=VERSION_LENGTH)
        if header < HEADER:
            raise RemoteProtocolError(f"a header of {header} octets", rule=_RULE, offset=VERSION_LENGTH)
        if 0 < length < header:
            raise RemoteProtocolError(f"{length} octets, {header} of them header", rule=_RULE, offset=LENGTH)
        whole(data, header, "an IPv4 header with options", _RULE)
        made = cls(
            dst=IPv4Address(destination),
            src=IPv4Address(source),
            protocol=protocol,
            ttl=ttl,
            identification=identification,
            dont_fragment=bool(where & DONT),
            more_fragments=bool(where & MORE),
            reserved=bool(where & RESERVED),
            fragment=(where & OFFSET) * 8,
            dscp=service >> 2,
            ecn=service & 3,
            options=bytes(data[HEADER:header]),
            length=length,
            header=header,
            checksum=check,
        )
        # A network card that cuts segments itself is handed headers without a length, and so is who captures there
        return Parsed(made, header, length or None, None if where & OFFSET else ("ip", protocol))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, protocol=8, ttl=8, identification=16, dscp=6, ecn=2, length=16, checksum=16)
        fitting(self, dont_fragment=1, more_fragments=1, reserved=1)
        options = self.options + bytes(-len(self.options) % 4)
        whole_header = HEADER + len(options)
        header = whole_header if self.header is None else self.header
        if header % 4 or not 0 <= header <= LARGEST:
            raise UsageError(f"an IPv4 header of {header} octets", hint=f"options have up to {LARGEST - HEADER} octets")
        if self.fragment % 8 or not 0 <= self.fragment <= OFFSET * 8:
            raise UsageError(f"IPv4(fragment={self.fragment!r})", hint=f"a multiple of 8, up to {OFFSET * 8}")
        where = self.fragment // 8 | self.more_fragments << 13 | self.dont_fragment << 14 | self.reserved << 15
        head = packed_as(
            self,
            _FIXED,
            0x40 | header // 4,
            self.dscp << 2 | self.ecn,
            whole_header + len(payload) if self.length is None else self.length,
            self.identification,
            where,
            self.ttl,
            around.number("ip", self.protocol, 59),
            self.checksum or 0,
            ipv4(self.src).packed,
            ipv4(self.dst).packed,
        )
        head += options
        if self.checksum is None:
            head = head[:CHECKSUM] + checksum(head).to_bytes(2, "big") + head[CHECKSUM + 2 :]
        return head + payload

    def tell(self, row: Row) -> None:
        row.inside(4)
        row.src_high, row.src_low = 0, MAPPED | int(ipv4(self.src))
        row.dst_high, row.dst_low = 0, MAPPED | int(ipv4(self.dst))
        row.protocol = self.protocol or 0
        row.ttl = self.ttl
        row.service = self.dscp << 2 | self.ecn
        row.identification = self.identification
        row.fragment = self.fragment if self.fragment or self.more_fragments else -1

    def ends(self) -> tuple[IPAddress, IPAddress]:
        return ipv4(self.src), ipv4(self.dst)
