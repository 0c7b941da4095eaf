"""Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2, draft-ietf-opsawg-pcaplinktype)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import force_setattr

from netloom.packet.addresses import Mac, mac, octets
from netloom.packet.formats.sll import ETHERNET, TO_US, cooked, cooked_number, room, tell_cooked
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

PROTOCOL = 0
"""As in version 1."""
RESERVED = 2
INTERFACE = 4
HARDWARE = 8
DIRECTION = 10
ADDRESS_LENGTH = 11
ADDRESS = 12
HEADER = 20

_FIXED = struct.Struct(">HHIHBB8s")


# The record


class SLL2(Layer, frozen=True, kw_only=True):
    """As `SLL`, with the number of the device that it was captured on."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 276),)

    direction: int = TO_US
    interface: int = 0
    hardware: int = ETHERNET
    src: Mac = "00:00:00:00:00:00"
    address_length: int | None = None
    unused: bytes = b""
    reserved: int = 0
    protocol: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "src", mac(octets(self.src)))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a cooked header", "LINKTYPE_LINUX_SLL2")
        protocol, reserved, interface, hardware, direction, length, address = _FIXED.unpack_from(data)
        made = cls(
            direction=direction,
            interface=interface,
            hardware=hardware,
            src=mac(address[:length]),
            address_length=length,
            unused=address[length:].rstrip(b"\0"),
            reserved=reserved,
            protocol=protocol,
        )
        return Parsed(made, HEADER, None, cooked(protocol))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, direction=8, interface=32, hardware=16, address_length=8, reserved=16, protocol=16)
        length, address = room(self.src, self.address_length, self.unused)
        protocol = cooked_number(self.protocol, around)
        head = _FIXED.pack(protocol, self.reserved, self.interface, self.hardware, self.direction, length, address)
        return head + payload

    def tell(self, row: Row) -> None:
        tell_cooked(row, self.src, self.protocol)
