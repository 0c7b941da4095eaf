"""One packet in a row: what its headers say, innermost last. The kernels' columns have these names and widths."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, get_args, get_type_hints

from msgspec import Meta, Struct

U8 = Annotated[int, "u1"]
U16 = Annotated[int, "u2"]
U32 = Annotated[int, "u4"]
U64 = Annotated[int, "u8"]
I32 = Annotated[int, "i4"]
I64 = Annotated[int, "i8"]

UNTOLD = -(1 << 63)
"""The time of a frame whose capture doesn't tell it; NumPy reads it as NaT."""
MAPPED = 0xFFFF << 32
"""An IPv4 address is the lower 32 bits of an IPv4-mapped one (RFC 4291 §2.5.5.2), its upper half 0."""
CUT = 1
"""A header isn't whole, because no more of it was captured."""
LYING = 2
"""A header contradicts itself, or claims more than what is below it carries."""
DEEP = 4
"""More headers than are looked at."""
ANOMALIES = {CUT: "cut", LYING: "lying", DEEP: "deep"}


class Row(Struct, kw_only=True):
    """What is told about a packet. Of headers that are there twice, in a tunnel, the innermost counts."""

    time: Annotated[I64, Meta(description="nanoseconds since 1970")] = UNTOLD
    interface: Annotated[U16, Meta(description="the interface's number in its capture")] = 0
    link: Annotated[U16, Meta(description="what the frame starts with: its link-layer header type")] = 0
    captured: Annotated[U32, Meta(description="octets that were kept")] = 0
    length: Annotated[U32, Meta(description="octets that passed")] = 0
    src_mac: Annotated[U64, Meta(description="the sender's hardware address")] = 0
    dst_mac: Annotated[U64, Meta(description="the receiver's hardware address")] = 0
    ethertype: Annotated[U16, Meta(description="what a frame, a tag or a tunnel says that it carries")] = 0
    vlan: Annotated[U16, Meta(description="the first VLAN tag's number; 0 without one")] = 0
    inner_vlan: Annotated[U16, Meta(description="the last VLAN tag's number where there are several")] = 0
    tunnels: Annotated[U8, Meta(description="IP headers below the innermost one")] = 0
    version: Annotated[U8, Meta(description="of IP: 4, 6, or 0 where there is none")] = 0
    src_high: Annotated[U64, Meta(description="the source's address, upper 64 bits")] = 0
    src_low: Annotated[U64, Meta(description="the source's address, lower 64 bits; IPv4 as ::ffff:0:0/96")] = 0
    dst_high: Annotated[U64, Meta(description="the destination's address, upper 64 bits")] = 0
    dst_low: Annotated[U64, Meta(description="the destination's address, lower 64 bits")] = 0
    protocol: Annotated[U8, Meta(description="the number of what IP carries, behind IPv6's extension headers")] = 0
    ttl: Annotated[U8, Meta(description="hops left")] = 0
    service: Annotated[U8, Meta(description="the traffic class: DSCP and ECN")] = 0
    identification: Annotated[U32, Meta(description="which packet a fragment is of")] = 0
    fragment: Annotated[I32, Meta(description="where a fragment belongs, in octets; -1 for a whole packet")] = -1
    src_port: Annotated[U16, Meta(description="of TCP, UDP or SCTP")] = 0
    dst_port: Annotated[U16, Meta(description="of TCP, UDP or SCTP")] = 0
    icmp_type: Annotated[U8, Meta(description="the type of an ICMP or ICMPv6 message")] = 0
    icmp_code: Annotated[U8, Meta(description="its code")] = 0
    flags: Annotated[U16, Meta(description="of TCP: its twelve bits, FIN the lowest")] = 0
    seq: Annotated[U32, Meta(description="TCP's sequence number")] = 0
    ack: Annotated[U32, Meta(description="TCP's acknowledgment number")] = 0
    window: Annotated[U16, Meta(description="TCP's window as it stands in the header, unscaled")] = 0
    payload_at: Annotated[U32, Meta(description="where in the frame what follows the last known header begins")] = 0
    payload: Annotated[U32, Meta(description="octets of that which were captured")] = 0
    payload_length: Annotated[U32, Meta(description="octets of that which passed")] = 0
    anomaly: Annotated[U8, Meta(description="what is wrong with it: 1 cut, 2 lying, 4 too deep")] = 0

    def inside(self, version: int) -> None:
        """A header of IP begins: what an outer packet's transport said doesn't count for the inner one."""
        if self.version:
            self.tunnels += 1
            self.src_port = self.dst_port = self.icmp_type = self.icmp_code = 0
            self.flags = self.seq = self.ack = self.window = 0
        self.version = version


def address(high: int, low: int, version: int = 0) -> str:
    """An address of a row as text. IPv4-mapped ones are IPv4's, unless the header's version says otherwise."""
    if version != 6 and not high and low >> 32 == MAPPED >> 32:
        return str(IPv4Address(low & 0xFFFFFFFF))
    return str(IPv6Address(high << 64 | low))


def columns(of: type[Struct] = Row) -> dict[str, str]:
    """The names of columns, and their types as NumPy spells them, little-endian."""
    hints = get_type_hints(of, include_extras=True)
    return {name: next(part for part in get_args(hint) if isinstance(part, str)) for name, hint in hints.items()}
