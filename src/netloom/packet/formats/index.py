"""The formats of this folder, and what announces each: only what a frame has in it is imported."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netloom.packet.layer import Key

INDEX: dict[tuple[str, str], tuple[Key, ...]] = {
    ("ah", "AH"): (("ip", 51),),
    ("arp", "ARP"): (("ethertype", 0x0806), ("ethertype", 0x8035)),
    ("destination", "Destination"): (("ip", 60),),
    ("dot11", "Dot11"): (("link", 105),),
    ("esp", "ESP"): (("ip", 50),),
    ("ethernet", "Ethernet"): (("link", 1), ("ethertype", 0x6558)),
    ("fragment", "Fragment"): (("ip", 44),),
    ("gre", "GRE"): (("ip", 47),),
    ("hop_by_hop", "HopByHop"): (("ip", 0),),
    ("icmp", "ICMP"): (("ip", 1),),
    ("icmpv6", "ICMPv6"): (("ip", 58),),
    ("ipv4", "IPv4"): (("ethertype", 0x0800), ("ip", 4), ("link", 228), ("version", 4), ("ppp", 0x0021)),
    ("ipv6", "IPv6"): (("ethertype", 0x86DD), ("ip", 41), ("link", 229), ("version", 6), ("ppp", 0x0057)),
    ("llc", "LLC"): (("llc", 0),),
    ("llc", "SNAP"): (("sap", 0xAA),),
    ("loopback", "Loopback"): (("link", 0),),
    ("loopback", "Loop"): (("link", 108),),
    ("mpls", "MPLS"): (("ethertype", 0x8847), ("ethertype", 0x8848), ("mpls", 0)),
    ("ppp", "PPP"): (("pppoe", 0), ("link", 9), ("ethertype", 0x880B)),
    ("pppoe", "PPPoE"): (("ethertype", 0x8864), ("link", 51)),
    ("pppoe", "PPPoEDiscovery"): (("ethertype", 0x8863),),
    ("radiotap", "Radiotap"): (("link", 127),),
    ("raw_ip", "RawIP"): (("link", 101), ("link", 12), ("link", 14)),
    ("routing", "Routing"): (("ip", 43),),
    ("sctp", "SCTP"): (("ip", 132),),
    ("sll", "SLL"): (("link", 113),),
    ("sll2", "SLL2"): (("link", 276),),
    ("tcp", "TCP"): (("ip", 6),),
    ("udp", "UDP"): (("ip", 17),),
    ("vlan", "VLAN"): (("ethertype", 0x8100), ("ethertype", 0x88A8), ("ethertype", 0x9100)),
    ("vxlan", "VXLAN"): (("udp", 4789),),
}
"""By file and name. The files themselves say it, too, and a test holds both together."""
