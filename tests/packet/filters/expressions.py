"""Expressions in tcpdump's language: a table by hand, and a strategy for any number of others."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = """
tcp; udp; sctp; icmp; icmp6; igmp; igrp; pim; vrrp; carp; ah; esp; ip; ip6; arp; rarp; atalk; aarp; decnet; lat; sca
moprc; mopdl; iso; stp; ipx; netbeui; pppoed; ip multicast; ip6 multicast; ip broadcast
port 80; port 53; port ftp; port domain; port tftp; src port 80; dst port 80; src or dst port 80; src and dst port 53
dst or src port 443; dst and src port 53; tcp port 80; udp src port 53; sctp dst port 443; portrange 50-100
dst portrange 100-50; tcp portrange 0-80; port 0; portrange 0-65535; dst port 65535; port 0x50; port 0120; udp port 4789
host 192.0.2.1; src host 192.0.2.1; dst host 192.0.2.1; src and dst host 10.1.2.3; ip host 192.0.2.77
arp host 192.0.2.1;
rarp host 192.0.2.1; arp src host 10.1.2.3; ip6 host 2001:db8::1; host 2001:db8::1; src 2001:db8:1::5; dst 10.1.2.3
host ::ffff:192.0.2.1; net 10; net 192.0.2; net 192.0; net 192.0.2.0/24; net 192.0.2.0 mask 255.255.255.0; net ::/0
src net 10.0.0.0/8; dst net 0.0.0.0/0; net 2001:db8::/32; ip6 net 2001:db8::/47; net 2001:db8:1::/48; net 10.1.2.2/31
ether proto 0x0800; ether proto \\arp; ether proto \\ip6; ether proto 0x88cc; ether proto loopback; ether proto \\aarp
ether proto \\atalk; ether proto \\stp; ether proto \\ipx; ether proto 66; ip proto 6; ip proto \\tcp; ip proto ospf
ip6 proto 58; ip6 proto 44; ip6 proto \\tcp; proto 17; proto \\udp; ip proto 47; ip proto 4; ip6 proto 41
less 60; greater 100; len = 74; len > 60 and len < 100; len - 14 > 60; 6 = len; 60 < len; length >= 90
len & 1 = 0 and len > 3 or len < 2; len / 2 > 40; len % 7 = 3; (len ^ 3) = 77; len * 3 > 200; len << 2 = 296
len >> 3 = 9; 1000 - len > 900; len - 100 > 0x80000000; len - 70 <= 5; len | 1 != len; 0 - len > 0xffffffb0
1 = 1; 5 < 3 or tcp; 1 = 1 and udp
tcp[13] & 2 != 0; tcp[tcpflags] & (tcp-syn|tcp-fin) != 0; tcp[tcpflags] == tcp-syn|tcp-ack
tcp[tcpflags] & tcp-ack = tcp-ack and not tcp[tcpflags] & tcp-syn != 0; tcp[tcpflags] & (tcp-ece|tcp-cwr) > 0
ip[0] & 0xf != 5; ip[6:2] & 0x1fff = 0; ip[8] < 65; ip[2:2] > 60; ip6[6] = 6; ip6[7] < 64; ip[ip[0] & 0xf] = 3
ip[(ip[0] & 0xf) << 2] = 0; tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420; ip[12:4] = 0xc0000201; ip[9] * ip[9] = 36
ether[0] & 1 = 0 and ip[16] >= 224; link[0:4] = 0x02000000; arp[6:2] = 1; arp[7] = 1; icmp[icmptype] = icmp-echo
icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply; icmp[icmpcode] = 1; icmp6[icmp6type] = icmp6-echo
icmp6[0] != icmp6-echo; udp[4:2] > 10; udp[8:4] = 0x00010203; sctp[0:2] = 80; igmp[0] = 0; pim[0] = 0; vrrp[3] = 3
ip[2:2] / ip[8] = 0; ip[2:2] / (ip[8] - 64) = 0; ip[2:2] % (ip[8] - 64) = 0; ip[9] << ip[9] > 1000; ip[9] >> len = 0
tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0); tcp[0:2] > tcp[2:2]; tcp[0:2] > udp[2:2]
tcp or udp and not port 80; not tcp; !tcp; not not tcp; not (tcp or udp); tcp and not port 22; ! ( tcp )
(tcp or udp) and (port 80 or port 53); port 80 or 443; tcp port 80 or 53 or 443; host 192.0.2.1 and not 10.1.2.3
port (80 or 53); port 80 or (53 or 443); port (80 or 53) and not 53; src net 10 or 192; not port 80 and 53
ip host 10.1.2.3 and not 192.0.2.1; tcp && port 80; tcp || udp; host 10.1.2.3 and tcp or udp; ip and tcp and arp
not host 10.1.2.3 and port 80; arp or ip6 or icmp; tcp[2:2] = 0x50 or tcp[0:2] = 80; net 192.0.2.0/24 or 10.1.2.3
less 70 and greater 60; tcp[100] = 5; not tcp[100] = 5; ip[1000] = 5 or arp; ip6 and not tcp; port not 80
(len > 60) and ((tcp)); port 80 and (len > 5) or 443; tcp and ((ip[0] & 0xf) * 4 = 20); portrange ftp-telnet
"""
"""What tcpdump understands on every link."""

TAGGED = """
vlan; vlan 5; vlan and ip; vlan 5 and tcp; vlan and vlan; vlan 5 and vlan 7; vlan and vlan 5 and ip6; vlan or ip
not vlan and ip; vlan and arp host 192.0.2.1; vlan and port 80; vlan and host 10.1.2.3; vlan 5 and mpls 5 and tcp
vlan and pppoes and ip; vlan and pppoes 0x27 and tcp port 80; vlan and ether host 02:00:00:00:00:01; vlan 0
vlan and ether[0] & 1 = 1; vlan and vlan and vlan and tcp[2:2] = 1024; mpls; mpls 5; mpls and ip; vlan 7 or vlan 5
mpls and mpls and ip6; mpls and mpls 16 and tcp; mpls 1000 and mpls and mpls 5 and port 80; mpls and host 192.0.2.1
mpls and tcp[0:2] = 80; mpls and icmp6[0] = 128; pppoes or mpls; pppoes; pppoes 5; pppoes and ip; pppoes 5 and ip6
pppoes and tcp port 80; pppoes and mpls and tcp; pppoes and host 10.1.2.3; pppoes and arp; pppoes and ether[0] = 0
vlan (5) and stp; vlan and ip[8] = 64; ether host 02:00:00:00:00:01; ether src 2:0:0:0:0:2; ether dst 2-0-0-0-0-2
ether host 0200.0000.0001; ether host 020000000001; ether dst ff:ff:ff:ff:ff:ff; broadcast; ether broadcast; multicast
ether multicast; ether src or dst 2:0:0:0:0:1; ether[12:2] = 0x0806; ether src and dst 2:0:0:0:0:1; not multicast
"""
"""What it understands where there are hardware addresses and tags."""


def table(*texts: str) -> list[str]:
    """Each of them."""
    return [part.strip() for text in texts for line in text.splitlines() for part in line.split(";") if part.strip()]


_way = st.sampled_from(["", "src ", "dst ", "src or dst ", "src and dst "])
_number = st.sampled_from([0, 1, 2, 3, 6, 7, 13, 31, 64, 80, 255, 1024, 65535, 1 << 31, (1 << 32) - 1])
_four = st.sampled_from(["192.0.2.1", "192.0.2.77", "10.1.2.3", "224.0.0.5"])
_six = st.sampled_from(["2001:db8::1", "ff02::1", "::ffff:192.0.2.1"])
_port = st.sampled_from([0, 22, 53, 80, 443, 1024, 6000, 65535])
_base = st.sampled_from(["ip", "ip6", "arp", "tcp", "udp", "sctp", "icmp", "icmp6", "ether"])


@st.composite
def _values(draw: st.DrawFn, base: str, deep: int = 2) -> str:
    """A value that looks at one header only, because tcpdump forgets that a right-hand side needs another one."""
    kind = draw(st.integers(0, 5 if deep else 2))
    if kind == 0:
        return str(draw(_number))
    if kind == 1:
        return "len"
    if kind == 2:
        return f"{base}[{draw(st.integers(0, 24))}:{draw(st.sampled_from([1, 2, 4]))}]"
    left, right = draw(_values(base, deep - 1)), draw(_values(base, deep - 1))
    if kind == 3:
        return f"{base}[({left}) & 15]"
    sign = draw(st.sampled_from(["+", "-", "*", "&", "|", "^", "<<", ">>", "/", "%"]))
    if sign in ("/", "%"):
        right = "7"
    if sign in ("<<", ">>"):
        right = str(draw(st.integers(0, 31)))
    return f"({left} {sign} {right})"


@st.composite
def _relations(draw: st.DrawFn) -> str:
    base = draw(_base)
    left, right = f"{base}[{draw(st.integers(0, 20))}]", draw(_values(base))
    return f"{left} + {draw(_values(base))} {draw(st.sampled_from(['=', '!=', '<', '<=', '>', '>=']))} {right}"


PLAIN = st.one_of(
    st.sampled_from(["tcp", "udp", "sctp", "icmp", "icmp6", "ip", "ip6", "arp", "pim", "igmp", "ip multicast"]),
    st.builds("{}port {}".format, _way, _port),
    st.builds("{} {}port {}".format, st.sampled_from(["tcp", "udp", "sctp"]), _way, _port),
    st.builds("{}portrange {}-{}".format, _way, _port, _port),
    st.builds("{}host {}".format, _way, st.one_of(_four, _six)),
    st.builds("ip {}host {}".format, _way, _four),
    st.builds("arp {}host {}".format, _way, _four),
    st.builds(
        "{}net {}".format, _way, st.sampled_from(["10", "192.0.2", "192.0.2.0/25", "2001:db8::/33", "224.0.0.0/4"])
    ),
    st.builds("{} {}".format, st.sampled_from(["less", "greater"]), st.integers(20, 120)),
    st.builds("ip proto {}".format, st.integers(0, 255)),
    st.builds("proto {}".format, st.sampled_from([1, 6, 17, 44, 58, 132])),
    _relations(),
)
"""Conditions that every link has."""
LINKED = st.one_of(
    PLAIN,
    st.sampled_from(["broadcast", "multicast", "ether host 02:00:00:00:00:01", "ether dst ff:ff:ff:ff:ff:ff", "stp"]),
    st.builds("ether proto {}".format, st.sampled_from(["0x0800", "0x0806", "0x8100", "0x86dd", "0x42"])),
    st.builds("vlan {}".format, st.sampled_from(["", "5", "7"])),
)
"""Those that Ethernet has besides."""


def joined(conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Conditions with and, or, not and parentheses between them."""
    return st.recursive(
        conditions,
        lambda inner: st.one_of(
            st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or", "&&", "||"]), inner),
            st.builds("not ({})".format, inner),
            st.builds("({})".format, inner),
            st.builds("! {}".format, conditions),
        ),
        max_leaves=8,
    )
