"""Kernel: dissect frames, a row each. Its plain twin is `packet/dissect.py` over `packet/formats/`."""

from __future__ import annotations

from numba import njit

from netloom.packet.kernels import headers
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.headers import ETHERTYPE, IP, LINK, LLC, MPLS, PPP, PPPOE, SAP, SPACE, VERSION
from netloom.packet.kernels.headers import UDP as UDP_PORT
from netloom.packet.kernels.loads import fetch
from netloom.packet.kernels.rows import ROW
from netloom.packet.row import DEEP

FIRST_OF_HEADERS = R.SRC_MAC
"""What stands before it in a row is told by the walk."""
DEPTH = 24
"""Headers that are looked at in one frame."""
AHEAD = 8
"""Frames between the one in work and the one whose octets are asked for: about the time that memory takes."""

# The headers that are known
(
    NONE, ETHERNET, IPV4, IPV6, TCP, UDP, VLAN, ICMP, EXTENSION, FRAGMENT, AUTHENTICATION, ENCAPSULATED, SCTP, ARP,
    LABEL, GRE, VXLAN, LOGICAL, SNAP, SESSION, DISCOVERY, POINT, LOOPBACK, COOKED, RADIOTAP, WLAN, RAW,
) = range(27)  # fmt: skip


@njit(error_model="numpy", forceinline=True)
def header_of(key):
    """Which header a key announces."""
    space = key & ~(SPACE - 1)
    number = key & SPACE - 1
    if space == ETHERTYPE:
        return header_of_ethertype(number)
    if space == IP:
        return header_of_protocol(number)
    if space == LINK:
        return header_of_link(number)
    if space == UDP_PORT:
        return VXLAN if number == 4789 else NONE
    if space == VERSION:
        return IPV4 if number == 4 else IPV6 if number == 6 else NONE
    if space == PPP:
        return IPV4 if number == 0x21 else IPV6 if number == 0x57 else NONE
    if space == LLC:
        return LOGICAL
    if space == SAP:
        return SNAP if number == 0xAA else NONE
    if space == MPLS:
        return LABEL
    if space == PPPOE:
        return POINT
    return NONE


@njit(error_model="numpy", forceinline=True)
def header_of_ethertype(number):
    if number == 0x0800:
        return IPV4
    if number == 0x86DD:
        return IPV6
    if number == 0x8100 or number == 0x88A8 or number == 0x9100:
        return VLAN
    if number == 0x0806 or number == 0x8035:
        return ARP
    if number == 0x8847 or number == 0x8848:
        return LABEL
    if number == 0x8864:
        return SESSION
    if number == 0x8863:
        return DISCOVERY
    if number == 0x6558:
        return ETHERNET
    if number == 0x880B:
        return POINT
    return NONE


@njit(error_model="numpy", forceinline=True)
def header_of_protocol(number):
    if number == 6:
        return TCP
    if number == 17:
        return UDP
    if number == 1 or number == 58:
        return ICMP
    if number == 0 or number == 43 or number == 60:
        return EXTENSION
    if number == 44:
        return FRAGMENT
    if number == 4:
        return IPV4
    if number == 41:
        return IPV6
    if number == 47:
        return GRE
    if number == 132:
        return SCTP
    if number == 51:
        return AUTHENTICATION
    if number == 50:
        return ENCAPSULATED
    return NONE


@njit(error_model="numpy", forceinline=True)
def header_of_link(number):
    if number == 1:
        return ETHERNET
    if number == 101 or number == 12 or number == 14:
        return RAW
    if number == 113 or number == 276:
        return COOKED
    if number == 0 or number == 108:
        return LOOPBACK
    if number == 127:
        return RADIOTAP
    if number == 105:
        return WLAN
    if number == 9:
        return POINT
    if number == 51:
        return SESSION
    if number == 228:
        return IPV4
    if number == 229:
        return IPV6
    return NONE


@njit(error_model="numpy")
def rarer(header, data, at, end, said, rows, row):
    """The headers that most packets don't have."""
    if header == VLAN:
        return headers.vlan(data, at, end, said, rows, row)
    if header == ICMP:
        return headers.icmp(data, at, end, said, rows, row)
    if header == ARP:
        return headers.arp(data, at, end, said, rows, row)
    if header == EXTENSION:
        return headers.extension(data, at, end, said, rows, row)
    if header == FRAGMENT:
        return headers.fragment(data, at, end, said, rows, row)
    if header == GRE:
        return headers.gre(data, at, end, said, rows, row)
    if header == VXLAN:
        return headers.vxlan(data, at, end, said, rows, row)
    if header == LABEL:
        return headers.mpls(data, at, end, said, rows, row)
    if header == SCTP:
        return headers.sctp(data, at, end, said, rows, row)
    if header == COOKED:
        return headers.cooked(data, at, end, said, rows, row)
    if header == RAW:
        return headers.raw_ip(data, at, end, said, rows, row)
    if header == SESSION:
        return headers.pppoe(data, at, end, said, rows, row)
    if header == POINT:
        return headers.ppp(data, at, end, said, rows, row)
    if header == DISCOVERY:
        return headers.pppoe_discovery(data, at, end, said, rows, row)
    if header == LOGICAL:
        return headers.llc(data, at, end, said, rows, row)
    if header == SNAP:
        return headers.snap(data, at, end, said, rows, row)
    if header == LOOPBACK:
        return headers.loopback(data, at, end, said, rows, row)
    if header == RADIOTAP:
        return headers.radiotap(data, at, end, said, rows, row)
    if header == WLAN:
        return headers.wlan(data, at, end, said, rows, row)
    if header == AUTHENTICATION:
        return headers.authentication(data, at, end, said, rows, row)
    return headers.encapsulated(data, at, end, said, rows, row)


@njit(error_model="numpy")
def dissect(data, n, rows):
    """Read the headers of the first `n` rows."""
    for i in range(n):
        row = i * ROW
        if i + AHEAD < n:
            fetch(data, rows[row + AHEAD * ROW + R.PLACE])
        begin = rows[row + R.PLACE]
        for word in range(FIRST_OF_HEADERS, ROW):
            rows[row + word] = 0
        rows[row + R.PLACE] = begin
        rows[row + R.FRAGMENT] = -1
        at = begin
        end = begin + rows[row + R.CAPTURED]
        said = begin + max(rows[row + R.LENGTH], rows[row + R.CAPTURED])
        key = LINK | rows[row + R.LINK]
        wrong = 0
        for step in range(DEPTH + 1):
            header = header_of(key)
            if header == NONE:
                break
            if step == DEPTH:
                wrong = DEEP
                break
            if header == IPV4:
                at, end, said, key, wrong = headers.ipv4(data, at, end, said, rows, row)
            elif header == TCP:
                at, end, said, key, wrong = headers.tcp(data, at, end, said, rows, row)
            elif header == ETHERNET:
                at, end, said, key, wrong = headers.ethernet(data, at, end, said, rows, row)
            elif header == UDP:
                at, end, said, key, wrong = headers.udp(data, at, end, said, rows, row)
            elif header == IPV6:
                at, end, said, key, wrong = headers.ipv6(data, at, end, said, rows, row)
            else:
                at, end, said, key, wrong = rarer(header, data, at, end, said, rows, row)
            if wrong:
                break
        rows[row + R.ANOMALY] |= wrong
        rows[row + R.PAYLOAD_AT] = at - begin
        rows[row + R.PAYLOAD] = max(0, end - at)
        rows[row + R.PAYLOAD_LENGTH] = max(0, said - at)
