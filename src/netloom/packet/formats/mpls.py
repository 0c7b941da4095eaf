"""MPLS: one entry of a label stack (RFC 3032 §2.1, RFC 5462)."""

from __future__ import annotations

from typing import ClassVar

from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

# The view

ENTRY = 0
"""Twenty bits of label, three of traffic class, one that is set at the bottom of the stack, eight of hops left."""
HEADER = 4
BOTTOM = 0x100


# The record


class MPLS(Layer, frozen=True, kw_only=True):
    """A label. `bottom` is filled in; what stands above the bottom tells by its first octet which IP it is."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ethertype", 0x8847), ("ethertype", 0x8848), ("mpls", 0))

    label: int = 16
    traffic_class: int = 0
    bottom: bool | None = None
    ttl: int = 64

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an MPLS label", "RFC 3032 §2.1")
        entry = int.from_bytes(data[ENTRY:HEADER], "big")
        made = cls(label=entry >> 12, traffic_class=entry >> 9 & 7, bottom=bool(entry & BOTTOM), ttl=entry & 0xFF)
        if not made.bottom:
            return Parsed(made, HEADER, None, ("mpls", 0))
        whole(data, HEADER + 1, "an MPLS label and what tells what it carries,", "RFC 3032 §2.2")
        return Parsed(made, HEADER, None, ("version", data[HEADER] >> 4))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, label=20, traffic_class=3, bottom=1, ttl=8)
        bottom = around.number("mpls", None, 1) if self.bottom is None else self.bottom
        return (self.label << 12 | self.traffic_class << 9 | bottom << 8 | self.ttl).to_bytes(4, "big") + payload
