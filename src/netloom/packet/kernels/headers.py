"""Kernels: one header each, as its format in `packet/formats/` parses it and tells a row of it.

Every function is given the octets, where the header begins (`at`), where what is below it ends (`end`: the octets that
were captured; `said`: those that passed), the rows and the row's number. It checks that its header is within `end`
before any load, and gives back where reading stands then: at, end, said, the key of the next header, and an anomaly
that ends the reading, or 0.
"""

from __future__ import annotations

from numba import njit

from netloom.packet.formats.dot11 import TWO_ADDRESSES as SENDERS
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.loads import swapped16, swapped32, u8, u16, u32, u64
from netloom.packet.row import CUT, LYING, MAPPED

# Keys: a space and a number in it
SPACE = 1 << 20
LINK, ETHERTYPE, IP, LLC, SAP, MPLS, PPPOE, PPP, VERSION, UDP, NOTHING = (space * SPACE for space in range(11))
_MAPPED = MAPPED
VXLAN_PORT = 4789
TWO_ADDRESSES = sum(1 << subtype for subtype in SENDERS)
"""Subtypes of 802.11's control frames that tell their sender, as bits."""


@njit(error_model="numpy", forceinline=True)
def short(at, needed, end, said):
    """0 if so many octets are there; otherwise whether a capture's end or a lie is to blame."""
    if end - at >= needed:
        return 0
    return CUT if said - at >= needed else LYING


@njit(error_model="numpy", forceinline=True)
def bounded(claimed, said, rows, row):
    """Where a packet ends that claims to end at `claimed`. A first fragment's end lies in a later one."""
    if claimed <= said:
        return claimed
    if rows[row + R.FRAGMENT] < 0:
        rows[row + R.ANOMALY] |= LYING
    return said


@njit(error_model="numpy", forceinline=True)
def carried(at, end, said, kind, rows, row):
    """What follows a type or a length."""
    if kind < 0x600:
        rows[row + R.ETHERTYPE] = 0
        said = bounded(at + kind, said, rows, row)
        return at, min(end, said), said, LLC, 0
    rows[row + R.ETHERTYPE] = kind
    return at, end, said, ETHERTYPE | kind, 0


@njit(error_model="numpy", forceinline=True)
def ethernet(data, at, end, said, rows, row):
    wrong = short(at, 14, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    rows[row + R.LINK_AT] = at
    rows[row + R.DST_MAC] = u32(data, at) << 16 | u16(data, at + 4)
    rows[row + R.SRC_MAC] = u16(data, at + 6) << 32 | u32(data, at + 8)
    return carried(at + 14, end, said, u16(data, at + 12), rows, row)


@njit(error_model="numpy", forceinline=True)
def vlan(data, at, end, said, rows, row):
    wrong = short(at, 4, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    number = u16(data, at) & 0xFFF
    if rows[row + R.VLAN] == 0:
        rows[row + R.VLAN] = number
    else:
        rows[row + R.INNER_VLAN] = number
    return carried(at + 4, end, said, u16(data, at + 2), rows, row)


@njit(error_model="numpy", forceinline=True)
def mpls(data, at, end, said, rows, row):
    wrong = short(at, 4, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    if not u8(data, at + 2) & 1:
        return at + 4, end, said, MPLS, 0
    wrong = short(at, 5, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    return at + 4, end, said, VERSION | u8(data, at + 4) >> 4, 0


@njit(error_model="numpy", forceinline=True)
def arp(data, at, end, said, rows, row):
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    hardware = u8(data, at + 4)
    address = u8(data, at + 5)
    needed = 8 + 2 * hardware + 2 * address
    wrong = short(at, needed, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    rows[row + R.ARP_AT] = at
    # Not over the addresses of IP, which this one was sent through in a tunnel
    if u16(data, at + 2) == 0x0800 and address == 4 and rows[row + R.VERSION] == 0:
        rows[row + R.SRC_LOW] = _MAPPED | u32(data, at + 8 + hardware)
        rows[row + R.DST_LOW] = _MAPPED | u32(data, at + 12 + 2 * hardware)
    return at + needed, min(end, at + needed), at + needed, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def begin(at, rows, row):
    """A header of IP: what an outer packet's transport said doesn't count for the inner one."""
    if rows[row + R.VERSION]:
        rows[row + R.TUNNELS] += 1
        rows[row + R.SRC_PORT] = 0
        rows[row + R.DST_PORT] = 0
        rows[row + R.ICMP_TYPE] = 0
        rows[row + R.ICMP_CODE] = 0
        rows[row + R.FLAGS] = 0
        rows[row + R.SEQ] = 0
        rows[row + R.ACK] = 0
        rows[row + R.WINDOW] = 0
    rows[row + R.NETWORK_AT] = at
    rows[row + R.TRANSPORT_AT] = 0


@njit(error_model="numpy", forceinline=True)
def ipv4(data, at, end, said, rows, row):
    wrong = short(at, 20, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    first = u8(data, at)
    header = (first & 15) << 2
    length = u16(data, at + 2)
    if first >> 4 != 4 or header < 20 or 0 < length < header:
        return at, end, said, NOTHING, LYING
    wrong = short(at, header, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    begin(at, rows, row)
    rows[row + R.VERSION] = 4
    rows[row + R.SERVICE] = u8(data, at + 1)
    rows[row + R.IDENTIFICATION] = u16(data, at + 4)
    where = u16(data, at + 6)
    offset = (where & 0x1FFF) << 3
    rows[row + R.FRAGMENT] = offset if where & 0x3FFF else -1
    rows[row + R.TTL] = u8(data, at + 8)
    protocol = u8(data, at + 9)
    rows[row + R.PROTOCOL] = protocol
    rows[row + R.SRC_HIGH] = 0
    rows[row + R.SRC_LOW] = _MAPPED | u32(data, at + 12)
    rows[row + R.DST_HIGH] = 0
    rows[row + R.DST_LOW] = _MAPPED | u32(data, at + 16)
    if length:
        said = bounded(at + length, said, rows, row)
        end = min(end, said)
    return at + header, end, said, NOTHING if offset else IP | protocol, 0


@njit(error_model="numpy", forceinline=True)
def ipv6(data, at, end, said, rows, row):
    wrong = short(at, 40, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    first = u32(data, at)
    if first >> 28 != 6:
        return at, end, said, NOTHING, LYING
    begin(at, rows, row)
    rows[row + R.VERSION] = 6
    rows[row + R.SERVICE] = first >> 20 & 0xFF
    rows[row + R.IDENTIFICATION] = 0
    rows[row + R.FRAGMENT] = -1
    length = u16(data, at + 4)
    protocol = u8(data, at + 6)
    rows[row + R.PROTOCOL] = protocol
    rows[row + R.TTL] = u8(data, at + 7)
    rows[row + R.SRC_HIGH] = u64(data, at + 8)
    rows[row + R.SRC_LOW] = u64(data, at + 16)
    rows[row + R.DST_HIGH] = u64(data, at + 24)
    rows[row + R.DST_LOW] = u64(data, at + 32)
    if length:
        said = bounded(at + 40 + length, said, rows, row)
        end = min(end, said)
    return at + 40, end, said, IP | protocol, 0


@njit(error_model="numpy", forceinline=True)
def extension(data, at, end, said, rows, row):
    """Hop-by-hop, routing and destination options (RFC 8200 §4.3, §4.4, §4.6)."""
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    size = (u8(data, at + 1) + 1) << 3
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    protocol = u8(data, at)
    rows[row + R.PROTOCOL] = protocol
    return at + size, end, said, IP | protocol, 0


@njit(error_model="numpy", forceinline=True)
def fragment(data, at, end, said, rows, row):
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    protocol = u8(data, at)
    rows[row + R.PROTOCOL] = protocol
    where = u16(data, at + 2)
    offset = where & 0xFFF8
    rows[row + R.FRAGMENT] = offset if where & 0xFFF9 else -1
    rows[row + R.IDENTIFICATION] = u32(data, at + 4)
    return at + 8, end, said, NOTHING if offset else IP | protocol, 0


@njit(error_model="numpy", forceinline=True)
def authentication(data, at, end, said, rows, row):
    wrong = short(at, 12, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    size = (u8(data, at + 1) + 2) << 2
    if size < 12:
        return at, end, said, NOTHING, LYING
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    protocol = u8(data, at)
    rows[row + R.PROTOCOL] = protocol
    return at + size, end, said, IP | protocol, 0


@njit(error_model="numpy", forceinline=True)
def encapsulated(data, at, end, said, rows, row):
    """ESP: what follows its eight octets is secret."""
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    return at + 8, end, said, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def tcp(data, at, end, said, rows, row):
    wrong = short(at, 20, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    bits = u16(data, at + 12)
    header = bits >> 12 << 2
    if header < 20:
        return at, end, said, NOTHING, LYING
    wrong = short(at, header, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    rows[row + R.TRANSPORT_AT] = at
    ports = u32(data, at)
    rows[row + R.SRC_PORT] = ports >> 16
    rows[row + R.DST_PORT] = ports & 0xFFFF
    rows[row + R.SEQ] = u32(data, at + 4)
    rows[row + R.ACK] = u32(data, at + 8)
    rows[row + R.FLAGS] = bits & 0xFFF
    rows[row + R.WINDOW] = u16(data, at + 14)
    return at + header, end, said, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def udp(data, at, end, said, rows, row):
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    length = u16(data, at + 4)
    if 0 < length < 8:
        return at, end, said, NOTHING, LYING
    source = u16(data, at)
    destination = u16(data, at + 2)
    rows[row + R.TRANSPORT_AT] = at
    rows[row + R.SRC_PORT] = source
    rows[row + R.DST_PORT] = destination
    if length:
        said = bounded(at + length, said, rows, row)
        end = min(end, said)
    return at + 8, end, said, UDP | (VXLAN_PORT if source == VXLAN_PORT else destination), 0


@njit(error_model="numpy", forceinline=True)
def sctp(data, at, end, said, rows, row):
    wrong = short(at, 12, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    rows[row + R.TRANSPORT_AT] = at
    rows[row + R.SRC_PORT] = u16(data, at)
    rows[row + R.DST_PORT] = u16(data, at + 2)
    return at + 12, end, said, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def icmp(data, at, end, said, rows, row):
    """ICMP and ICMPv6."""
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    rows[row + R.TRANSPORT_AT] = at
    rows[row + R.ICMP_TYPE] = u8(data, at)
    rows[row + R.ICMP_CODE] = u8(data, at + 1)
    return at + 8, end, said, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def vxlan(data, at, end, said, rows, row):
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    if not u8(data, at) & 8:
        return at, end, said, NOTHING, LYING
    return at + 8, end, said, ETHERTYPE | 0x6558, 0


@njit(error_model="numpy", forceinline=True)
def raw_ip(data, at, end, said, rows, row):
    wrong = short(at, 1, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    version = u8(data, at) >> 4
    if version == 4:
        return ipv4(data, at, end, said, rows, row)
    if version == 6:
        return ipv6(data, at, end, said, rows, row)
    return at, end, said, NOTHING, LYING


@njit(error_model="numpy", forceinline=True)
def gre(data, at, end, said, rows, row):
    wrong = short(at, 4, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    bits = u16(data, at)
    protocol = u16(data, at + 2)
    version = bits & 7
    if (version == 0 and bits & 0x4C00) or (version and (version != 1 or bits & 0xE800 != 0x2000)):
        return at, end, said, NOTHING, LYING
    size = 4 + 4 * ((bits >> 15 & 1) + (bits >> 13 & 1) + (bits >> 12 & 1))
    if version == 1 and bits & 0x80:
        size += 4
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    rows[row + R.ETHERTYPE] = protocol
    if version == 1:
        said = bounded(at + size + u16(data, at + 4), said, rows, row)
        end = min(end, said)
        return at + size, end, said, ETHERTYPE | protocol if bits & 0x1000 else NOTHING, 0
    return at + size, end, said, ETHERTYPE | protocol, 0


@njit(error_model="numpy", forceinline=True)
def llc(data, at, end, said, rows, row):
    wrong = short(at, 3, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    control = u8(data, at + 2)
    size = 3 if control & 3 == 3 else 4
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    return at + size, end, said, SAP | u8(data, at) if control == 3 else NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def snap(data, at, end, said, rows, row):
    wrong = short(at, 5, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    if u8(data, at) << 16 | u16(data, at + 1):
        return at + 5, end, said, NOTHING, 0
    protocol = u16(data, at + 3)
    rows[row + R.ETHERTYPE] = protocol
    return at + 5, end, said, ETHERTYPE | protocol, 0


@njit(error_model="numpy", forceinline=True)
def pppoe(data, at, end, said, rows, row):
    wrong = short(at, 6, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    if u8(data, at) != 0x11:
        return at, end, said, NOTHING, LYING
    said = bounded(at + 6 + u16(data, at + 4), said, rows, row)
    return at + 6, min(end, said), said, NOTHING if u8(data, at + 1) else PPPOE, 0


@njit(error_model="numpy", forceinline=True)
def pppoe_discovery(data, at, end, said, rows, row):
    wrong = short(at, 6, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    if u8(data, at) != 0x11:
        return at, end, said, NOTHING, LYING
    size = 6 + u16(data, at + 4)
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    return at + size, at + size, at + size, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def ppp(data, at, end, said, rows, row):
    wrong = short(at, 1, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    size = 0
    if u8(data, at) == 0xFF:
        wrong = short(at, 2, end, said)
        if wrong:
            return at, end, said, NOTHING, wrong
        if u8(data, at + 1) == 3:
            size = 2
    wrong = short(at, size + 1, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    protocol = u8(data, at + size)
    if protocol & 1:
        return at + size + 1, end, said, PPP | protocol, 0
    wrong = short(at, size + 2, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    return at + size + 2, end, said, PPP | u16(data, at + size), 0


@njit(error_model="numpy", forceinline=True)
def loopback(data, at, end, said, rows, row):
    """In the byte order of whoever captured, or in the network's."""
    wrong = short(at, 4, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    family = u32(data, at)
    if rows[row + R.LINK] == 0:
        turned = swapped32(family)
        if turned <= 0xFFFF:
            family = turned
    if family == 2:
        return at + 4, end, said, VERSION | 4, 0
    if family == 30 or family == 24 or family == 28 or family == 10:
        return at + 4, end, said, VERSION | 6, 0
    return at + 4, end, said, NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def cooked(data, at, end, said, rows, row):
    """Both versions of Linux' own."""
    first = rows[row + R.LINK] == 113
    size = 16 if first else 20
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    protocol = u16(data, at + 14) if first else u16(data, at)
    place = at + 6 if first else at + 12
    length = u16(data, at + 4) if first else u8(data, at + 11)
    rows[row + R.SRC_MAC] = u32(data, place) << 16 | u16(data, place + 4) if length == 6 else 0
    rows[row + R.ETHERTYPE] = protocol if protocol >= 0x600 else 0
    if protocol >= 0x600:
        return at + size, end, said, ETHERTYPE | protocol, 0
    return at + size, end, said, LLC if protocol == 4 else NOTHING, 0


@njit(error_model="numpy", forceinline=True)
def radiotap(data, at, end, said, rows, row):
    wrong = short(at, 8, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    size = swapped16(u16(data, at + 2))
    if u8(data, at) or size < 8:
        return at, end, said, NOTHING, LYING
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    fields = 8
    first = swapped32(u32(data, at + 4))
    word = first
    while word >> 31:
        if fields + 4 > size:
            return at, end, said, NOTHING, LYING
        word = swapped32(u32(data, at + fields))
        fields += 4
    flags = 0
    if first & 2:
        if first & 1:
            fields = (fields + 7 & ~7) + 8
        if fields >= size:
            return at, end, said, NOTHING, LYING
        flags = u8(data, at + fields)
    if flags & 0x10:
        said -= 4
        end = min(end, said)
    return at + size, end, said, NOTHING if flags & 0x20 else LINK | 105, 0


@njit(error_model="numpy", forceinline=True)
def wlan(data, at, end, said, rows, row):
    wrong = short(at, 10, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    control = u8(data, at)
    bits = u8(data, at + 1)
    if control & 3:
        return at, end, said, NOTHING, LYING
    kind = control >> 2 & 3
    subtype = control >> 4
    addresses = 3
    qos = 0
    size = 24
    if kind == 1 or kind == 3:
        addresses = 2 if kind == 1 and TWO_ADDRESSES >> subtype & 1 else 1
        size = 16 if addresses == 2 else 10
    else:
        qos = subtype >> 3 if kind == 2 else 0
        if kind == 2 and bits & 3 == 3:
            addresses = 4
            size = 30
        qos_at = size
        size += 2 * qos
        if bits & 0x80 and (qos or kind == 0):
            size += 4
    wrong = short(at, size, end, said)
    if wrong:
        return at, end, said, NOTHING, wrong
    to_ds = kind == 2 and bits & 1
    from_ds = kind == 2 and bits & 2
    destination = 16 if to_ds else 4
    source = (24 if to_ds else 16) if from_ds else 10
    rows[row + R.DST_MAC] = u32(data, at + destination) << 16 | u16(data, at + destination + 4)
    rows[row + R.SRC_MAC] = 0
    if addresses > 1:
        rows[row + R.SRC_MAC] = u32(data, at + source) << 16 | u16(data, at + source + 4)
    part = u8(data, at + 22) & 15 if kind == 2 else 0
    aggregate = qos and u8(data, at + qos_at) & 0x80
    readable = kind == 2 and not (subtype & 4 or bits & 0x40 or part or aggregate)
    return at + size, end, said, LLC if readable else NOTHING, 0
