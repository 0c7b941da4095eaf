"""Ethernet II and 802.3 frames (IEEE 802.3 §3)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import force_setattr

from netloom.errors import UsageError
from netloom.packet.addresses import Mac, canonical, mac, number, packed
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

DESTINATION = 0
SOURCE = 6
TYPE = 12
HEADER = 14
LEAST_TYPE = 0x0600
"""Below it the field is the length of an 802.3 frame (§3.2.6)."""

_FIXED = struct.Struct(">6s6sH")


# The record


class Ethernet(Layer, frozen=True, kw_only=True):
    """A frame without its preamble and check sequence. `type` is an EtherType, or a length below 1536."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 1), ("ethertype", 0x6558))

    dst: Mac = "ff:ff:ff:ff:ff:ff"
    src: Mac = "00:00:00:00:00:00"
    type: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "dst", canonical(self.dst))
        force_setattr(self, "src", canonical(self.src))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "an Ethernet header", "IEEE 802.3 §3.1")
        destination, source, kind = _FIXED.unpack_from(data)
        return carried(cls(dst=mac(destination), src=mac(source), type=kind), HEADER, kind)

    def emit(self, payload: bytes, around: Around) -> bytes:
        kind = type_of(self, self.type, payload, around)
        return _FIXED.pack(packed(self.dst), packed(self.src), kind) + payload

    def tell(self, row: Row) -> None:
        row.dst_mac = number(self.dst)
        row.src_mac = number(self.src)
        row.ethertype = ethertype(self.type)


# What the field tells, in a frame and in a tag


def carried(layer: Layer, header: int, kind: int) -> Parsed:
    """What follows a header that ends with a type or a length."""
    if kind < LEAST_TYPE:
        return Parsed(layer, header, header + kind, ("llc", 0))
    return Parsed(layer, header, None, ("ethertype", kind))


def type_of(layer: Layer, given: int | None, payload: bytes, around: Around) -> int:
    """A frame's or a tag's type: as given, as what stands above is known, or the payload's length."""
    fitting(layer, type=16)
    kind = around.number("ethertype", given, -1)
    if kind >= 0:
        return kind
    if len(payload) >= LEAST_TYPE:
        name = type(layer).__name__
        raise UsageError(
            f"{name}: no type is known for what stands above it, and {len(payload)} octets are no length of 802.3",
            hint=f"give {name}(type=…)",
        )
    return len(payload)


def ethertype(kind: int | None) -> int:
    """A type as rows tell it: 0 for a length."""
    return kind if kind is not None and kind >= LEAST_TYPE else 0
