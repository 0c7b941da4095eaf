"""Keys: whose a frame is, as what is compared and as part of a file's name."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from netloom.packet.dissect import dissect

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.frame import Frame
    from netloom.packet.row import Row

    Keys = list[tuple[object, str]]

OTHER = "other"
"""What isn't IP."""
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 58: "icmp", 132: "sctp"}
_PORTS = frozenset({6, 17, 132})


def _address(row: Row, high: int, low: int) -> str:
    """An address as part of a file's name: an underscore is its colon."""
    if row.version == 4:
        return str(IPv4Address(low & 0xFFFFFFFF))
    return str(IPv6Address(high << 64 | low)).replace(":", "_")


def _hosts(row: Row) -> tuple[str, str]:
    return _address(row, row.src_high, row.src_low), _address(row, row.dst_high, row.dst_low)


def by_flow(frame: Frame) -> Keys:
    """By protocol, addresses and ports, both directions together. A later fragment has no ports."""
    row = dissect(frame).row
    if not row.version:
        return [(OTHER, OTHER)]
    source, destination = _hosts(row)
    name = _PROTOCOLS.get(row.protocol, str(row.protocol))
    if row.protocol not in _PORTS or row.fragment > 0:
        return [(frozenset((source, destination, name)), f"{name}-{source}-{destination}")]
    ends = (source, row.src_port), (destination, row.dst_port)
    return [((name, *sorted(ends)), f"{name}-{source}-{row.src_port}-{destination}-{row.dst_port}")]


def by_pair(frame: Frame) -> Keys:
    """By the two hosts."""
    row = dissect(frame).row
    if not row.version:
        return [(OTHER, OTHER)]
    source, destination = _hosts(row)
    return [(frozenset((source, destination)), f"{source}-{destination}")]


def by_host(frame: Frame) -> Keys:
    """By each of the two hosts: a frame goes to both."""
    row = dissect(frame).row
    if not row.version:
        return [(OTHER, OTHER)]
    return [(host, host) for host in dict.fromkeys(_hosts(row))]


KEYS: dict[str, Callable[[Frame], Keys]] = {"flow": by_flow, "pair": by_pair, "host": by_host}
