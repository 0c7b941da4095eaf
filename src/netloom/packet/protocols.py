"""What IP carries (IANA's protocol numbers), by tcpdump's names where it has one."""

from __future__ import annotations

PROTOCOLS = {
    1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 33: "dccp", 41: "ip6", 46: "rsvp", 47: "gre", 50: "esp",
    51: "ah", 58: "icmp6", 88: "eigrp", 89: "ospf", 103: "pim", 112: "vrrp", 115: "l2tp", 132: "sctp", 136: "udplite",
    137: "mpls",
}  # fmt: skip
