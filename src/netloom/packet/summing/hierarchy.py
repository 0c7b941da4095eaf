"""Hierarchy: what is carried in what, from the link layer to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.protocols import PROTOCOLS
from netloom.packet.summing.record import Share

if TYPE_CHECKING:
    from netloom.packet.summing.evidence import Evidence

LINKS = {
    0: "loopback", 1: "ethernet", 9: "ppp", 12: "raw ip", 14: "raw ip", 50: "ppp", 51: "pppoe", 101: "raw ip",
    105: "802.11", 108: "loopback", 113: "linux cooked", 127: "radiotap", 228: "ipv4", 229: "ipv6",
    276: "linux cooked 2",
}  # fmt: skip
"""Link-layer header types (draft-ietf-opsawg-pcaplinktype)."""
NETWORKS = {4: "ipv4", 6: "ipv6", 0: "other", 0x0806: "arp", 0x8035: "rarp", 0x88CC: "lldp", 0x8863: "pppoe discovery",
            0x888E: "eapol", 0x88E5: "macsec", 0x8847: "mpls", 0x88F7: "ptp", 0x8809: "slow protocols"}  # fmt: skip
"""Versions of IP, and EtherTypes."""
SEVERAL = "several links"


def link_name(link: int) -> str:
    """What frames start with."""
    return LINKS.get(link, f"link {link}")


def hierarchy(evidence: Evidence, top: int) -> tuple[Share, ...]:
    """Each protocol before what it carries, the largest first; of each at most so many.

    Flows don't keep their link: where there are several kinds of it, what they carry stands below all of them.
    """
    links = {link for (link, _, _), _ in evidence.passed.stacks.items()}
    root = (link_name(next(iter(links))) if len(links) == 1 else SEVERAL,)
    amounts: dict[tuple[str, ...], list[int]] = {}
    for (_, network, carried), (packets, octets) in evidence.passed.stacks.items():
        paths = [root, (*root, _network(network))]
        if network in (4, 6):
            paths.append((*paths[-1], _carried(carried)))
        for path in paths:
            _add(amounts, path, packets, octets)
    for (version, protocol, app), (packets, octets) in evidence.conversed.apps.items():
        if app:
            _add(amounts, (*root, _network(version), _carried(protocol), app), packets, octets)
    total = max(evidence.passed.octets, 1)
    return tuple(
        Share(path=path, packets=amounts[path][0], octets=amounts[path][1], share=amounts[path][1] / total)
        for path in _ordered(amounts, (), top)
    )


def _ordered(amounts: dict[tuple[str, ...], list[int]], above: tuple[str, ...], top: int) -> list[tuple[str, ...]]:
    below = [path for path in amounts if path[:-1] == above]
    below.sort(key=lambda path: -amounts[path][1])
    return [each for path in below[:top] for each in (path, *_ordered(amounts, path, top))]


def _add(amounts: dict[tuple[str, ...], list[int]], path: tuple[str, ...], packets: int, octets: int) -> None:
    found = amounts.setdefault(path, [0, 0])
    found[0] += packets
    found[1] += octets


def _network(number: int) -> str:
    return NETWORKS.get(number, f"type {number:#06x}")


def _carried(protocol: int) -> str:
    return PROTOCOLS.get(protocol, f"ip {protocol}")
