"""The Address Resolution Protocol (RFC 826, RFC 903, RFC 5227)."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import force_setattr

from netloom.packet.addresses import Mac, ipv4, mac, octets
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.packet.row import MAPPED

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

HARDWARE = 0
PROTOCOL = 2
HARDWARE_LENGTH = 4
PROTOCOL_LENGTH = 5
OPERATION = 6
ADDRESSES = 8
"""The sender's hardware and protocol addresses, then the target's, of as many octets as the two lengths say."""
ETHERNET, IPV4 = 1, 0x0800
REQUEST, REPLY = 1, 2

_FIXED = struct.Struct(">HHBBH")


# The record

ProtocolAddress = IPv4Address | str | bytes
"""An IPv4 address, or octets of another protocol's."""


class ARP(Layer, frozen=True, kw_only=True):
    """A question who has an address, or its answer: hardware and protocol address of the sender, and of the target."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ethertype", 0x0806), ("ethertype", 0x8035))

    operation: int = REQUEST
    sha: Mac = "00:00:00:00:00:00"
    spa: ProtocolAddress = IPv4Address(0)
    tha: Mac = "00:00:00:00:00:00"
    tpa: ProtocolAddress = IPv4Address(0)
    hardware: int = ETHERNET
    protocol: int = IPV4
    hardware_length: int | None = None
    protocol_length: int | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "sha", mac(octets(self.sha)))
        force_setattr(self, "tha", mac(octets(self.tha)))
        force_setattr(self, "spa", self.spa if isinstance(self.spa, bytes) else ipv4(self.spa))
        force_setattr(self, "tpa", self.tpa if isinstance(self.tpa, bytes) else ipv4(self.tpa))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, ADDRESSES, "an ARP header", "RFC 826")
        kind, protocol, hardware_length, protocol_length, operation = _FIXED.unpack_from(data)
        pair = hardware_length + protocol_length
        header = ADDRESSES + 2 * pair
        whole(data, header, "an ARP packet", "RFC 826")
        hardwares, protocols = [], []
        for at in (ADDRESSES, ADDRESSES + pair):
            hardwares.append(mac(data[at : at + hardware_length]))
            address = bytes(data[at + hardware_length : at + pair])
            protocols.append(IPv4Address(address) if (protocol, protocol_length) == (IPV4, 4) else address)
        made = cls(
            operation=operation,
            sha=hardwares[0],
            spa=protocols[0],
            tha=hardwares[1],
            tpa=protocols[1],
            hardware=kind,
            protocol=protocol,
            hardware_length=hardware_length,
            protocol_length=protocol_length,
        )
        return Parsed(made, header, header, None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, hardware=16, protocol=16, hardware_length=8, protocol_length=8, operation=16)
        sha, spa, tha, tpa = octets(self.sha), _octets(self.spa), octets(self.tha), _octets(self.tpa)
        hardware_length = len(sha) if self.hardware_length is None else self.hardware_length
        protocol_length = len(spa) if self.protocol_length is None else self.protocol_length
        head = packed_as(self, _FIXED, self.hardware, self.protocol, hardware_length, protocol_length, self.operation)
        return head + sha + spa + tha + tpa + payload

    def tell(self, row: Row) -> None:
        """The protocol addresses, but not over those of IP, which this one was sent through in a tunnel."""
        if row.version == 0 and isinstance(self.spa, IPv4Address) and isinstance(self.tpa, IPv4Address):
            row.src_low, row.dst_low = MAPPED | int(self.spa), MAPPED | int(self.tpa)


def _octets(address: ProtocolAddress) -> bytes:
    return address if isinstance(address, bytes) else ipv4(address).packed
