"""The packet engine: layers as values, capture files, dissection.

`from netloom.packet import Ethernet, IPv4, TCP`: every layer is here by its name, and imported when it is first used.
"""

# Nothing is imported here: a recording needs none of it.

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netloom.packet.formats.ah import AH as AH
    from netloom.packet.formats.arp import ARP as ARP
    from netloom.packet.formats.destination import Destination as Destination
    from netloom.packet.formats.dot11 import Dot11 as Dot11
    from netloom.packet.formats.esp import ESP as ESP
    from netloom.packet.formats.ethernet import Ethernet as Ethernet
    from netloom.packet.formats.fragment import Fragment as Fragment
    from netloom.packet.formats.gre import GRE as GRE
    from netloom.packet.formats.hop_by_hop import HopByHop as HopByHop
    from netloom.packet.formats.icmp import ICMP as ICMP
    from netloom.packet.formats.icmpv6 import ICMPv6 as ICMPv6
    from netloom.packet.formats.ipv4 import IPv4 as IPv4
    from netloom.packet.formats.ipv6 import IPv6 as IPv6
    from netloom.packet.formats.llc import LLC as LLC
    from netloom.packet.formats.llc import SNAP as SNAP
    from netloom.packet.formats.loopback import Loop as Loop
    from netloom.packet.formats.loopback import Loopback as Loopback
    from netloom.packet.formats.mpls import MPLS as MPLS
    from netloom.packet.formats.ppp import PPP as PPP
    from netloom.packet.formats.pppoe import PPPoE as PPPoE
    from netloom.packet.formats.pppoe import PPPoEDiscovery as PPPoEDiscovery
    from netloom.packet.formats.radiotap import Radiotap as Radiotap
    from netloom.packet.formats.routing import Routing as Routing
    from netloom.packet.formats.sctp import SCTP as SCTP
    from netloom.packet.formats.sll import SLL as SLL
    from netloom.packet.formats.sll2 import SLL2 as SLL2
    from netloom.packet.formats.tcp import TCP as TCP
    from netloom.packet.formats.udp import UDP as UDP
    from netloom.packet.formats.vlan import VLAN as VLAN
    from netloom.packet.formats.vxlan import VXLAN as VXLAN
    from netloom.packet.frame import Frame as Frame
    from netloom.packet.layer import Layer as Layer
    from netloom.packet.layer import Packet as Packet
    from netloom.packet.layer import Raw as Raw

_OTHERS = {"Frame": "frame", "Layer": "layer", "Packet": "layer", "Raw": "layer"}
"""Where names are that no format has."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _OTHERS:
        found: object = getattr(import_module(f"{__name__}.{_OTHERS[name]}"), name)
    elif name.startswith("_") or name.islower():  # a module, if anything
        found = None
    else:
        found = import_module(f"{__name__}.formats").formats().get(name)
    if found is None:
        raise AttributeError(f"{__name__} has no {name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    from importlib import import_module

    return sorted([*_OTHERS, *import_module(f"{__name__}.formats").layers()])
