"""Logical link control and the subnetwork access protocol (IEEE 802.2 §3, §5.4; IEEE 802 §9.2, RFC 1042)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view of LLC

DESTINATION = 0
SOURCE = 1
CONTROL = 2
"""One octet if its two lower bits are set, as in frames without a number, and two otherwise."""
LEAST = 3
UNNUMBERED = 0x03
SNAP_POINT = 0xAA

# The view of SNAP

ORGANIZATION = 0
PROTOCOL = 3
SNAP_HEADER = 5

_FIXED = struct.Struct(">BHH")
_RULE = "IEEE 802.2 §3.2"


# The records


class LLC(Layer, frozen=True, kw_only=True):
    """A header. `dsap` and `ssap` are filled in by what stands above. A `control` of two octets has its lower first."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("llc", 0),)

    dsap: int | None = None
    ssap: int | None = None
    control: int = UNNUMBERED

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, LEAST, "an LLC header", _RULE)
        header = LEAST + (data[CONTROL] & 3 != 3)
        whole(data, header, "an LLC header with a sequence number", _RULE)
        control = int.from_bytes(data[CONTROL:header], "little")
        made = cls(dsap=data[DESTINATION], ssap=data[SOURCE], control=control)
        return Parsed(made, header, None, ("sap", made.dsap or 0) if control == UNNUMBERED else None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        unnumbered = self.control & 3 == 3
        fitting(self, dsap=8, ssap=8, control=8 if unnumbered else 16)
        points = [around.number("sap", given, 0) for given in (self.dsap, self.ssap)]
        return bytes(points) + self.control.to_bytes(1 if unnumbered else 2, "little") + payload


class SNAP(Layer, frozen=True, kw_only=True):
    """What names a protocol behind LLC: an organization, and one of its numbers; an EtherType where that is 0."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("sap", SNAP_POINT),)

    organization: int = 0
    protocol: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, SNAP_HEADER, "a SNAP header", "IEEE 802 §9.2")
        upper, lower, protocol = _FIXED.unpack_from(data)
        made = cls(organization=upper << 16 | lower, protocol=protocol)
        return Parsed(made, SNAP_HEADER, None, None if made.organization else ("ethertype", protocol))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, organization=24, protocol=16)
        protocol = around.number("ethertype", self.protocol, 0)
        return _FIXED.pack(self.organization >> 16, self.organization & 0xFFFF, protocol) + payload

    def tell(self, row: Row) -> None:
        if self.organization == 0:
            row.ethertype = self.protocol or 0
