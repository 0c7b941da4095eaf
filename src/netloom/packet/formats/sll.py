"""Linux cooked capture (LINKTYPE_LINUX_SLL, draft-ietf-opsawg-pcaplinktype)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import force_setattr

from netloom.errors import UsageError
from netloom.packet.addresses import Mac, mac, number, octets
from netloom.packet.formats.ethernet import LEAST_TYPE, ethertype
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

DIRECTION = 0
HARDWARE = 2
ADDRESS_LENGTH = 4
ADDRESS = 6
"""Eight octets, as many of which count as the length says."""
PROTOCOL = 14
"""An EtherType, or one of Linux' own below 1536: 4 is LLC."""
HEADER = 16
TO_US, BROADCAST, MULTICAST, TO_OTHERS, OUTGOING = range(5)
ETHERNET = 1
LLC = 4
ROOM = 8

_FIXED = struct.Struct(">HHH8sH")


# The record


class SLL(Layer, frozen=True, kw_only=True):
    """What Linux tells of a packet when it captures on any device: where it went, and who sent it.

    `src` is the sender's hardware address, of up to eight octets; `unused` what stands in the octets behind it.
    """

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 113),)

    direction: int = TO_US
    hardware: int = ETHERNET
    src: Mac = "00:00:00:00:00:00"
    address_length: int | None = None
    unused: bytes = b""
    protocol: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "src", mac(octets(self.src)))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a cooked header", "LINKTYPE_LINUX_SLL")
        direction, hardware, length, address, protocol = _FIXED.unpack_from(data)
        made = cls(
            direction=direction,
            hardware=hardware,
            src=mac(address[:length]),
            address_length=length,
            unused=address[length:].rstrip(b"\0"),
            protocol=protocol,
        )
        return Parsed(made, HEADER, None, cooked(protocol))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, direction=16, hardware=16, address_length=16, protocol=16)
        length, address = room(self.src, self.address_length, self.unused)
        protocol = cooked_number(self.protocol, around)
        return _FIXED.pack(self.direction, self.hardware, length, address, protocol) + payload

    def tell(self, row: Row) -> None:
        tell_cooked(row, self.src, self.protocol)


# What both versions tell


def cooked(protocol: int) -> Key | None:
    """What a protocol's number announces."""
    return ("ethertype", protocol) if protocol >= LEAST_TYPE else ("llc", 0) if protocol == LLC else None


def cooked_number(given: int | None, around: Around) -> int:
    """The number for what stands above."""
    otherwise = LLC if around.number("llc", None, -1) == 0 else 0
    return around.number("ethertype", given, otherwise)


def room(src: Mac, length: int | None, unused: bytes) -> tuple[int, bytes]:
    """An address's length and the eight octets that it stands in. Raises UsageError for one that is longer."""
    address = octets(src)
    if len(address) + len(unused) > ROOM:
        raise UsageError(f"{src[:40]!r} has no place in {ROOM} octets", hint="src=… and unused=… share them")
    return len(address) if length is None else length, (address + unused).ljust(ROOM, b"\0")


def tell_cooked(row: Row, src: Mac, protocol: int | None) -> None:
    """The sender, where its address has six octets, and what is carried."""
    row.src_mac = number(src) if len(src) == len("00:00:00:00:00:00") else 0
    row.ethertype = ethertype(protocol)
