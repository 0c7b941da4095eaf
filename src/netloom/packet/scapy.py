"""To scapy's packets and from them, where scapy is installed: by their octets and what they start with."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from netloom.errors import CapabilityError, UsageError
from netloom.packet.craft import dissected, link_type

if TYPE_CHECKING:
    from netloom.packet.layer import Packet

PARTS = (
    *(f"layers.{name}" for name in ("l2", "inet", "inet6", "sctp", "ipsec", "ppp", "vxlan", "dot11")),
    "contrib.mpls",
)
"""Those of scapy that there are formats of here; it knows no packet before its part was imported."""


def to_scapy(packet: Packet, link: int | None = None) -> Any:
    """The packet as scapy dissects it; `link` is needed where its first layer is none that a frame starts with.

    Raises CapabilityError without scapy, and UsageError for what it has no packet for.
    """
    types = _link_types()
    number = link_type(packet) if link is None else link
    kind = types.num2layer.get(number)
    if kind is None:
        first = type(packet.layers[0]).__name__ if packet.layers else "nothing"
        told = f"scapy knows no frames of link type {number}" if number is not None else f"no frame starts with {first}"
        raise UsageError(told, hint="to_scapy(packet, link=1) reads it as Ethernet")
    return kind(bytes(packet))


def from_scapy(packet: Any) -> Packet:
    """One of scapy's packets as layers.

    Raises CapabilityError without scapy, and UsageError for what no frame starts with.
    """
    number = _link_types().layer2num.get(type(packet))
    if number is None:
        raise UsageError(f"no frame starts with scapy's {type(packet).__name__}", hint="put what is below it, too")
    return dissected(bytes(packet), number)


def _link_types() -> Any:
    """What scapy calls frames of each link type."""
    try:
        for part in PARTS:
            importlib.import_module(f"scapy.{part}")
        return importlib.import_module("scapy.config").conf.l2types
    except ImportError as exc:
        raise CapabilityError(f"scapy isn't here: {exc}", hint="pip install scapy") from exc
