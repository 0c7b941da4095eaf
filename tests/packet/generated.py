"""Frames for tests: stacks of every header that is known, in every order that makes sense, and then spoilt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.packet.formats import layers
from netloom.packet.frame import Frame
from netloom.packet.layer import Layer, Packet, Raw

if TYPE_CHECKING:
    from random import Random

L = layers()

IP_OPTIONS = [b"", b"", b"\x01" * 4, b"\x94\x04\0\0", b"\x07\x07\x04" + bytes(5), b"\x44\x0c\x05\0" + bytes(8)]
"""Those that are what they should be: none, nothing, router alert, record route, timestamps."""

LINKS = {
    0: ["Loopback"],
    1: ["Ethernet"],
    9: ["PPP"],
    51: ["PPPoE"],
    101: ["IPv4", "IPv6"],
    105: ["Dot11"],
    108: ["Loop"],
    113: ["SLL"],
    127: ["Radiotap"],
    228: ["IPv4"],
    229: ["IPv6"],
    276: ["SLL2"],
    4711: [],
}
_INSIDE = ["IPv4"] * 4 + ["IPv6"] * 4 + ["VLAN", "VLAN", "ARP", "MPLS", "PPPoE", "PPPoEDiscovery"]
_CARRIED = ["TCP"] * 4 + ["UDP"] * 4 + ["ICMP", "ICMPv6", "SCTP", "GRE", "IPv4", "IPv6", "ESP", "AH"]
_EXTENSIONS = ["HopByHop", "Routing", "Fragment", "Destination", "AH"]
ABOVE: dict[str, list[str]] = {
    "Ethernet": [*_INSIDE, "LLC"],
    "VLAN": [*_INSIDE, "LLC"],
    "MPLS": ["MPLS", "IPv4", "IPv6"],
    "PPPoE": ["PPP"],
    "PPP": ["IPv4", "IPv6"],
    "Loopback": ["IPv4", "IPv6"],
    "Loop": ["IPv4", "IPv6"],
    "SLL": [*_INSIDE, "LLC"],
    "SLL2": [*_INSIDE, "LLC"],
    "Radiotap": ["Dot11"],
    "Dot11": ["LLC"],
    "LLC": ["SNAP"],
    "SNAP": _INSIDE,
    "IPv4": _CARRIED,
    "IPv6": [*_CARRIED, *_EXTENSIONS, *_EXTENSIONS],
    **{name: [*_CARRIED, *_EXTENSIONS] for name in _EXTENSIONS},
    "UDP": ["VXLAN"],
    "VXLAN": ["Ethernet"],
    "GRE": ["Ethernet", "IPv4", "IPv6", "PPP", "VLAN"],
}


def stack(random: Random, link: int, most: int = 12) -> Packet:
    """Layers from a link type on."""
    found: list[Layer] = []
    choices = LINKS[link]
    while choices and len(found) < most and (len(found) < 2 or random.random() < 0.85):
        name = random.choice(choices)
        if name == "VXLAN" and random.random() < 0.5:
            break
        found.append(layer(random, name))
        choices = ABOVE.get(name, [])
    return Packet((*found, Raw(data=random.randbytes(random.choice([0, 1, 4, 30, 200])))))


def layer(random: Random, name: str) -> Layer:
    """A header with fields that matter to whoever reads it."""
    rarely = random.random() < 0.1
    port = random.randrange(65536)
    octets = random.randbytes(4 * random.choice([0, 0, 1, 3, 10]))
    fields: dict[str, dict[str, Any]] = {
        "Ethernet": {"src": "02:00:00:00:00:01"},
        "VLAN": {"vid": random.choice([0, 1, 100, 4095])},
        "MPLS": {"label": random.randrange(1 << 20)},
        "IPv4": {
            "src": f"10.0.{port >> 8}.{port & 255}",
            "fragment": random.choice([0, 0, 0, 8, 1480]),
            "more_fragments": rarely,
            "options": random.choice([*IP_OPTIONS, octets]),
            "length": random.choice([None] * 9 + [0, 19, 20, 70, 65535]),
        },
        "IPv6": {"src": f"2001:db8::{port:x}", "length": random.choice([None] * 9 + [0, 8, 70, 65535])},
        "Fragment": {"fragment": random.choice([0, 0, 8]), "more_fragments": rarely, "identification": port},
        "AH": {"icv": octets},
        "Routing": {"data": bytes(4) + octets},
        "TCP": {
            "sport": port,
            "flags": random.choice(["S", "SA", "A", "PA", "FA", "R"]),
            "options": octets,
            "checksum": 0,
        },
        "UDP": {
            "sport": random.choice([port, 4789]),
            "length": random.choice([None] * 6 + [0, 7, 8, 9, 600]),
            "checksum": 0,
        },
        "ICMP": {"type": random.choice([0, 3, 8, 11])},
        "ICMPv6": {"type": random.choice([1, 128, 129, 135]), "checksum": 0},
        "GRE": {"key": random.choice([None, port]), "seq": random.choice([None, 1]), "checksummed": rarely},
        "PPPoE": {"code": random.choice([0, 0, 0, 7])},
        "PPP": {"framed": rarely},
        "Loopback": {"big": rarely},
        "SLL": {"src": random.choice(["02:00:00:00:00:01", "", "02:03"])},
        "SLL2": {"src": random.choice(["02:00:00:00:00:01", "", "02:03"])},
        "Radiotap": {
            "fields": random.choice([bytes(4), b"\2\0\0\0\x10\0\0\0", b"\2\0\0\0\x20\0\0\0", b"\3\0\0\x80" + bytes(9)])
        },
        "Dot11": {
            "subtype": random.choice([0, 0, 0, 4, 8]),
            "to_ds": random.random() < 0.5,
            "from_ds": random.random() < 0.5,
            "order": rarely,
            "addr2": "02:00:00:00:00:02",
            "addr3": "02:00:00:00:00:03",
            "addr4": "02:00:00:00:00:04",
        },
        "PPPoEDiscovery": {"tags": octets},
    }
    return L[name](**fields.get(name, {}))


def spoilt(random: Random, octets: bytes, link: int) -> Frame:
    """A frame: some of its octets changed, or cut where it was captured, or followed by others."""
    changed = bytearray(octets)
    for _ in range(random.choice([0, 0, 0, 1, 2, 6])):
        if changed:
            changed[random.randrange(len(changed))] = random.choice([0, 1, 255, random.randrange(256)])
    whole = len(changed)
    kept = bytes(changed[: random.choice([whole, whole, random.randrange(whole + 1)])])
    kept += bytes(random.choice([0, 0, 0, 7, 18]))
    length = random.choice([len(kept), max(whole, len(kept)), len(kept) + random.randrange(2000)])
    return Frame(kept, random.randrange(1 << 60), link, length)


def frames(random: Random, count: int, link: int) -> list[Frame]:
    """So many of a link type; every other one as it was made."""
    made = []
    for number in range(count):
        octets = bytes(stack(random, link))
        made.append(spoilt(random, octets, link) if number % 2 else Frame(octets, number, link, len(octets)))
    return made
