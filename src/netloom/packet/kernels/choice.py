"""Which filters rows can answer: they don't keep where labels stand, nor which way a frame passed. Imports no NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.filters import tree
from netloom.packet.filters.names import LEAST_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.filters.tree import Filter

LINKS = frozenset({"ether"})
ARPS = frozenset({"arp", "rarp"})
NETWORKS = frozenset({"ip", "ip6"})
TRANSPORTS = frozenset({"tcp", "udp", "sctp", "icmp", "icmp6"})
"""Whose octets can be asked for: rows keep where the innermost header of each kind begins."""


def able(wanted: Filter) -> bool:
    """Whether rows can answer a filter."""
    return all(_answered(node) for node in _nodes(wanted.condition))


def _answered(node: Struct) -> bool:
    match node:
        case tree.Way() | tree.Tag(kind="mpls" | "pppoes"):
            return False
        case tree.Carries(below="ether", number=number):
            return number >= LEAST_TYPE
        case tree.Octets(base=base):
            return base in LINKS | ARPS | NETWORKS | TRANSPORTS
    return True


def _nodes(node: Struct) -> Iterator[Struct]:
    """A node of a filter's tree and all below it."""
    yield node
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Struct):
                yield from _nodes(part)
