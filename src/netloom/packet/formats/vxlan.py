"""VXLAN: Ethernet in UDP (RFC 7348 §5)."""

from __future__ import annotations

import struct
from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

# The view

FLAGS = 0
NETWORK = 4
"""Three octets, and one that is reserved."""
HEADER = 8
VALID = 0x08
"""The flag that says that the network's number is valid: it has to be set."""
PORT = 4789

_FIXED = struct.Struct(">II")


# The record


class VXLAN(Layer, frozen=True, kw_only=True):
    """A header. `vni` is the network's number; `reserved` the 24 bits behind the flags, `reserved_last` the last 8."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("udp", PORT),)

    vni: int = 0
    flags: int = VALID
    reserved: int = 0
    reserved_last: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a VXLAN header", "RFC 7348 §5")
        first, second = _FIXED.unpack_from(data)
        if not first >> 24 & VALID:
            raise RemoteProtocolError(f"flags {first >> 24:#04x} without I", rule="RFC 7348 §5", offset=FLAGS)
        made = cls(vni=second >> 8, flags=first >> 24, reserved=first & 0xFFFFFF, reserved_last=second & 0xFF)
        return Parsed(made, HEADER, None, ("ethertype", 0x6558))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, vni=24, flags=8, reserved=24, reserved_last=8)
        return _FIXED.pack(self.flags << 24 | self.reserved, self.vni << 8 | self.reserved_last) + payload
