"""Names that filters know: protocols, fields and their values, as pcap-filter(7) has them."""

from __future__ import annotations

from typing import NamedTuple

IP, ARP, RARP, IP6 = 0x0800, 0x0806, 0x8035, 0x86DD
MPLS, PPPOE_DISCOVERY, PPPOE = 0x8847, 0x8863, 0x8864
TAGS = (0x8100, 0x88A8, 0x9100)
TCP, UDP, SCTP, IPV6_FRAGMENT = 6, 17, 132, 44

IPX, IPX_TYPE = 0xE0, 0x8137

LEAST_TYPE = 1501
"""Below it the number that Ethernet carries is a SAP of 802.2; above it an EtherType."""


class Protocol(NamedTuple):
    """What carries it, and by which number. Octets are counted from its header's start."""

    below: str
    number: int
    octets: bool = True


LINKS = ("ether", "link", "fddi", "tr", "wlan")
"""Words for whatever the link layer is."""

ETHERTYPES = {
    "ip": Protocol("ether", IP),
    "ip6": Protocol("ether", IP6),
    "arp": Protocol("ether", ARP),
    "rarp": Protocol("ether", RARP),
    "atalk": Protocol("ether", 0x809B),
    "aarp": Protocol("ether", 0x80F3, octets=False),
    "decnet": Protocol("ether", 0x6003),
    "lat": Protocol("ether", 0x6004),
    "sca": Protocol("ether", 0x6007),
    "moprc": Protocol("ether", 0x6002),
    "mopdl": Protocol("ether", 0x6001),
    "iso": Protocol("ether", 0xFE, octets=False),
    "stp": Protocol("ether", 0x42, octets=False),
    "ipx": Protocol("ether", IPX, octets=False),
    "netbeui": Protocol("ether", 0xF0, octets=False),
}
"""Words for what a link carries: EtherTypes, and SAPs of 802.2."""

PROTOCOLS = {
    "tcp": Protocol("", TCP),
    "udp": Protocol("", UDP),
    "sctp": Protocol("", SCTP),
    "icmp": Protocol("ip", 1),
    "igmp": Protocol("ip", 2),
    "igrp": Protocol("ip", 9),
    "esp": Protocol("", 50, octets=False),
    "ah": Protocol("", 51, octets=False),
    "icmp6": Protocol("ip6", 58),
    "pim": Protocol("", 103),
    "vrrp": Protocol("ip", 112),
    "carp": Protocol("ip", 112),
}
"""Words for what IP carries."""

WORDS = ETHERTYPES | PROTOCOLS
ETHER_NAMES = {name: known.number for name, known in ETHERTYPES.items()} | {"loopback": 0x9000}
IP_NAMES = {name: known.number for name, known in PROTOCOLS.items()} | {
    "ip": 0, "ggp": 3, "ipencap": 4, "egp": 8, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "gre": 47,
    "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89, "ipip": 94, "l2tp": 115,
    "isis": 124, "udplite": 136,
}  # fmt: skip
"""Numbers of protocols that names stand for behind `proto`."""

NUMBERS = {
    "icmptype": 0, "icmpcode": 1, "icmp6type": 0, "icmp6code": 1, "tcpflags": 13,
    "tcp-fin": 0x01, "tcp-syn": 0x02, "tcp-rst": 0x04, "tcp-push": 0x08,
    "tcp-ack": 0x10, "tcp-urg": 0x20, "tcp-ece": 0x40, "tcp-cwr": 0x80,
    "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8,
    "icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12, "icmp-tstamp": 13,
    "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,
    "icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3, "icmp6-parameterproblem": 4,
    "icmp6-echo": 128, "icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130,
    "icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132, "icmp6-routersolicit": 133,
    "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136, "icmp6-redirect": 137,
    "icmp6-routerrenum": 138, "icmp6-nodeinformationquery": 139, "icmp6-nodeinformationresponse": 140,
    "icmp6-ineighbordiscoverysolicit": 141, "icmp6-ineighbordiscoveryadvert": 142,
    "icmp6-multicastlistenerreportv2": 143, "icmp6-homeagentdiscoveryrequest": 144,
    "icmp6-homeagentdiscoveryreply": 145, "icmp6-mobileprefixsolicit": 146, "icmp6-mobileprefixadvert": 147,
    "icmp6-certpathsolicit": 148, "icmp6-certpathadvert": 149, "icmp6-multicastrouteradvert": 151,
    "icmp6-multicastroutersolicit": 152, "icmp6-multicastrouterterm": 153,
}  # fmt: skip
"""Fields and their values: numbers that have a name."""

_CHAIN = "proto finds what is behind IPv6's extension headers where packets are displayed"
_ATM = "it is about ATM, whose captures aren't read"
_SS7 = "it is about SS7, whose captures aren't read"
_PF = "it is about the log of pf(4), which isn't read"
_WLAN = "of 802.11 only data frames are read"
_ISO = "ether proto 0xfe is the nearest that is known"
LEFT_OUT = {
    "gateway": "libpcap has taken it back: ether host MAC and not host ADDRESS says the same",
    "protochain": _CHAIN,
    "geneve": "Geneve isn't read: udp port 6081 finds its packets",
    "vxlan": "udp port 4789 finds its packets, and tunnel what is in them",
    "llc": "ether proto NUMBER finds an 802.2 SAP",
    "byte": "ether[…] does it",
    "ifindex": "the number is the kernel's own",
    "radio": "what a receiver noted isn't the packet's",
    "ppp": "ether is the link layer, whatever it is",
    "slip": "ether is the link layer, whatever it is",
    **dict.fromkeys(("clnp", "esis", "es-is", "isis", "is-is", "l1", "l2", "iih", "lsp", "snp", "csnp", "psnp"), _ISO),
    **dict.fromkeys(("ra", "ta", "addr1", "addr2", "addr3", "addr4", "type", "subtype", "dir", "direction"), _WLAN),
    **dict.fromkeys(
        ("on", "ifname", "rset", "ruleset", "rnr", "rulenum", "srnr", "subrulenum", "reason", "action"), _PF
    ),
    **dict.fromkeys(("lane", "metac", "bcc", "sc", "ilmic", "oam", "oamf4", "oamf4ec", "oamf4sc", "vpi", "vci"), _ATM),
    **dict.fromkeys(("connectmsg", "metaconnect"), _ATM),
    **dict.fromkeys(("fisu", "lssu", "lsu", "msu", "hfisu", "hlssu", "hmsu", "sio", "opc", "dpc", "sls"), _SS7),
    **dict.fromkeys(("hsio", "hopc", "hdpc", "hsls"), _SS7),
}
"""Words of pcap-filter(7) that aren't understood, and why, or what to say instead."""


def protocol_number(name: str) -> int | None:
    """What IP carries under a name: the common ones, then the system's /etc/protocols."""
    if name in IP_NAMES:
        return IP_NAMES[name]
    import socket

    try:
        return socket.getprotobyname(name)
    except (OSError, ValueError, UnicodeError):
        return None


def port_numbers(name: str) -> dict[str, int]:
    """A service's port for each of tcp and udp, by the system's /etc/services."""
    import socket

    found = {}
    for protocol in ("tcp", "udp"):
        try:
            found[protocol] = socket.getservbyname(name, protocol)
        except (OSError, ValueError, UnicodeError):
            continue
    return found
