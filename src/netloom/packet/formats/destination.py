"""IPv6's destination options (RFC 8200 §4.6, RFC 6275 §6.3)."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING, ClassVar

from netloom.packet.addresses import ipv6
from netloom.packet.formats.hop_by_hop import option, options, padding, taken, written
from netloom.packet.formats.ipv6 import NONE
from netloom.packet.layer import Around, Key, Layer, Parsed

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view: that of the hop-by-hop header

_RULE = "RFC 8200 §4.6"


# The record


class Destination(Layer, frozen=True, kw_only=True):
    """A header of options. They are padded to eight octets; `header` is its own length in octets."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 60),)

    next_header: int | None = None
    options: bytes = b""
    header: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        next_header, header, found = taken(data, "a header of destination options", _RULE)
        return Parsed(cls(next_header=next_header, options=found, header=header), header, None, ("ip", next_header))

    def emit(self, payload: bytes, around: Around) -> bytes:
        return written(self, around.number("ip", self.next_header, NONE), self.header, self.options) + payload

    def tell(self, row: Row) -> None:
        row.protocol = self.next_header or 0

    def home(self) -> IPv6Address | None:
        """Where its sender is at home, if it says so."""
        found = [one.data for one in options(self.options) if one.kind == HOME_ADDRESS and len(one.data) == 16]
        return IPv6Address(found[0]) if found else None


# Options

HOME_ADDRESS = 201


def home_address(address: str) -> bytes:
    """Where a mobile node is at home, padded so that it begins at its place in the header (RFC 6275 §6.3)."""
    return padding(4) + option(HOME_ADDRESS, ipv6(address).packed)
