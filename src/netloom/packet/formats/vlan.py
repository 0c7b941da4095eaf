"""VLAN tags (IEEE 802.1Q §9.6, also 802.1ad's service tag and the 0x9100 that stood for it before)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.packet.formats.ethernet import carried, ethertype, type_of
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

CONTROL = 0
"""Three bits of priority, one of who may be dropped first, and twelve of the VLAN's number."""
TYPE = 2
HEADER = 4
NUMBER = 0x0FFF

_FIXED = struct.Struct(">HH")


# The record


class VLAN(Layer, frozen=True, kw_only=True):
    """A tag, which stands behind the type that announces it: 0x8100, or 0x88a8 where the header below gives that.

    `type` is as in Ethernet. `priority` (PCP) has three bits; `drop_eligible` is DEI.
    """

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ethertype", 0x8100), ("ethertype", 0x88A8), ("ethertype", 0x9100))

    vid: int = 1
    priority: int = 0
    drop_eligible: bool = False
    type: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a VLAN tag", "IEEE 802.1Q §9.6")
        control, kind = _FIXED.unpack_from(data)
        tag = cls(vid=control & NUMBER, priority=control >> 13, drop_eligible=bool(control & 0x1000), type=kind)
        return carried(tag, HEADER, kind)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, vid=12, priority=3, drop_eligible=1)
        control = self.priority << 13 | self.drop_eligible << 12 | self.vid
        return _FIXED.pack(control, type_of(self, self.type, payload, around)) + payload

    def tell(self, row: Row) -> None:
        if row.vlan:
            row.inner_vlan = self.vid
        else:
            row.vlan = self.vid
        row.ethertype = ethertype(self.type)
