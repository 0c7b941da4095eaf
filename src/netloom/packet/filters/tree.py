"""What a filter means, as a tree of frozen records; `at` is the column where each was written."""

from __future__ import annotations

from msgspec import Struct

from netloom.packet.filters.arithmetic import calculated

TALLEST = 120
"""Levels of a tree."""


# Values


class Number(Struct, frozen=True):
    """A number as it stands, or one that has a name."""

    value: int
    at: int = 0


class Length(Struct, frozen=True):
    """How many octets passed: `len`."""

    at: int = 0


class Hops(Struct, frozen=True):
    """How many are left: `ttl`."""

    at: int = 0


class Octets(Struct, frozen=True):
    """`size` octets at an offset from where a header begins: `tcp[13]`, `ip[2:2]`."""

    base: str
    offset: Value
    size: int
    at: int = 0


class Sum(Struct, frozen=True):
    """Two values and one of + - * / % & | ^ << >>."""

    operator: str
    left: Value
    right: Value
    at: int = 0


Value = Number | Length | Hops | Octets | Sum


# Conditions


class All(Struct, frozen=True):
    """Every one of them holds; none at all is what every packet fulfils."""

    parts: tuple[Condition, ...]


class Any(Struct, frozen=True):
    """One of them holds."""

    parts: tuple[Condition, ...]


class Not(Struct, frozen=True):
    """It doesn't hold."""

    inner: Condition


class Carries(Struct, frozen=True):
    """A protocol by its number: `below` is ether (an EtherType, or a SAP of 802.2 up to 1500), ip, ip6, or either."""

    below: str
    number: int
    at: int = 0


class Address(Struct, frozen=True):
    """An address of IP or ARP, of IP's `version`, in the bits of a mask. `way`: src, dst, or, and."""

    protocol: str
    way: str
    version: int
    value: int
    mask: int
    at: int = 0


class Hardware(Struct, frozen=True):
    """A hardware address."""

    way: str
    value: int
    at: int = 0


class Port(Struct, frozen=True):
    """A port from `low` to `high`, of TCP, UDP, SCTP, or of any of them."""

    protocol: str
    way: str
    low: int
    high: int
    at: int = 0


class Tag(Struct, frozen=True):
    """A header in between: `vlan`, `mpls` or `pppoes`, with a number or whatever its number is."""

    kind: str
    number: int | None
    at: int = 0


class Cast(Struct, frozen=True):
    """To all (`broadcast`) or to many (`multicast`), by ether's address or by that of ip or ip6."""

    below: str
    broad: bool
    at: int = 0


class Way(Struct, frozen=True):
    """Sent (`outbound`) or received by whoever captured."""

    outbound: bool
    at: int = 0


class Relation(Struct, frozen=True):
    """Two values and one of == != < <= > >=."""

    operator: str
    left: Value
    right: Value
    at: int = 0


class Fragment(Struct, frozen=True):
    """Part of a packet."""

    at: int = 0


class Tunnel(Struct, frozen=True):
    """IP in IP, however it is wrapped."""

    at: int = 0


class Anomaly(Struct, frozen=True):
    """Something is wrong with its headers: one of these bits of a row."""

    bits: int
    at: int = 0


class Flags(Struct, frozen=True):
    """Those flags of TCP are set which are in `wanted`, of those in `among`."""

    wanted: int
    among: int
    at: int = 0


Plain = Carries | Address | Hardware | Port | Tag | Cast | Way | Fragment | Tunnel | Anomaly | Flags
Condition = All | Any | Not | Relation | Plain


class Filter(Struct, frozen=True):
    """A filter, and how it was written."""

    text: str
    condition: Condition


def constant(value: Value, levels: int = TALLEST) -> int | None:
    """The value that holds for every packet; None where it depends on the packet, or is told too deep."""
    if isinstance(value, Number):
        return value.value
    if not isinstance(value, Sum) or levels == 0:
        return None
    left, right = constant(value.left, levels - 1), constant(value.right, levels - 1)
    if left is None or right is None:
        return None
    result, sound = calculated(value.operator, left, right)
    return int(result) if sound else None
