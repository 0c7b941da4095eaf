"""What IP carries while it is rewritten: TCP, UDP, SCTP, ICMP of both versions with what they quote, IGMP, tunnels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.formats import gre, sctp, tcp, udp, vxlan
from netloom.packet.rewriting.sums import WHOLE, crc32c_change, difference, mended

if TYPE_CHECKING:
    from netloom.packet.rewriting.walk import Header, Walk

_HEADER = 8
_VXLAN = vxlan.PORT.to_bytes(2, "big")
_REDIRECT, _ADVERTISEMENT = 5, 9
_QUOTING = (3, 4, _REDIRECT, 11, 12)
_QUOTING6 = (1, 2, 3, 4)
_OPTIONS = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
"""Where the options of neighbour discovery begin (RFC 4861 §4)."""
_ADDRESSES = {130: 1, 131: 1, 132: 1, 135: 1, 136: 1, 137: 2}
"""How many addresses stand behind the first eight octets: multicast listeners (RFC 2710 §3), targets, destinations."""
_QUERY, _REPORT = 130, 143
_LINKS, _PREFIX, _REDIRECTED, _ROUTE, _SERVERS = (1, 2), 3, 4, 24, 25
_IGMP_QUERY, _IGMP_REPORT = 0x11, 0x22


def _u16(data: bytearray, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _ports(walk: Walk, at: int, end: int) -> int:
    if not walk.ports or end - at < 4:
        return 0
    data = walk.data
    change = 0
    for place in (at, at + 2):
        old = _u16(data, place)
        new = walk.ports.get(old, old)
        data[place : place + 2] = new.to_bytes(2, "big")
        change += new - old
    return change


def _mend(walk: Walk, at: int, change: int) -> int:
    """Mend the checksum at a place; gives it back."""
    check = _u16(walk.data, at)
    if change % WHOLE:
        check = mended(check, change)
        walk.data[at : at + 2] = check.to_bytes(2, "big")
    return check


def segment(walk: Walk, at: int, end: int, said: int) -> int:
    """TCP: its checksum covers the addresses below, and takes back what those add to a sum."""
    data = walk.data
    covered = walk.source + walk.target
    change = _ports(walk, at, end)
    if end - at >= tcp.CHECKSUM + 2:
        _mend(walk, at + tcp.CHECKSUM, covered + change)
        if end - at >= tcp.HEADER and tcp.HEADER <= (header := (data[at + tcp.FLAGS] >> 4) * 4) <= end - at:
            walk.at = at + header
    elif said - at < tcp.CHECKSUM + 2:
        return change  # quoted without it
    return -covered


def datagram(walk: Walk, at: int, end: int, said: int) -> int:
    """UDP, and VXLAN in it. Where it has no checksum it gets none."""
    data = walk.data
    covered = walk.source + walk.target
    ports = bytes(data[at : min(at + 4, end)])
    change = _ports(walk, at, end)
    if end - at < udp.HEADER:
        return change if said - at < udp.HEADER else -covered
    length = _u16(data, at + udp.LENGTH)
    if not 0 < length < udp.HEADER:
        walk.at = at + udp.HEADER
        if length:
            said, end = min(said, at + length), min(end, at + length)
        if _VXLAN in (ports[:2], ports[2:]):
            change += walk.go("udp", vxlan.PORT, at + udp.HEADER, end, said)
    if not _u16(data, at + udp.CHECKSUM):
        return change
    if not _mend(walk, at + udp.CHECKSUM, covered + change):
        data[at + udp.CHECKSUM : at + udp.HEADER] = b"\xff\xff"
    return -covered


def association(walk: Walk, at: int, end: int, said: int) -> int:  # noqa: ARG001 - all headers are called alike
    """SCTP. Its check is over the whole packet; how long that is, nobody knows of a fragment."""
    data = walk.data
    old = bytes(data[at : min(at + 12, end)])
    change = _ports(walk, at, end)
    if len(old) < sctp.HEADER:
        return change
    walk.at = at + sctp.HEADER
    behind = -1 if walk.claimed is None else walk.claimed - at - 4
    if change and behind >= sctp.HEADER - 4:
        turned = int.from_bytes(old[:4], "big") ^ int.from_bytes(data[at : at + 4], "big")
        check = int.from_bytes(old[sctp.CHECKSUM :], "little") ^ crc32c_change(turned, behind)
        data[at + sctp.CHECKSUM : at + sctp.HEADER] = check.to_bytes(4, "little")
    return difference(old, bytes(data[at : at + sctp.HEADER]))


def message(walk: Walk, at: int, end: int, said: int) -> int:
    """ICMP, with the packet that an error quotes."""
    if end - at < _HEADER:
        return 0
    data = walk.data
    kind = data[at]
    change = 0
    if kind == _REDIRECT:
        change += walk.four_at(at + 4, end)
    if kind in _QUOTING:
        change += _quoted(walk, 4, at + _HEADER, end, said)
    elif kind == _ADVERTISEMENT:
        step = max(4 * data[at + 5], 4)
        stop = min(at + _HEADER + step * data[at + 4], end)
        change += sum(walk.four_at(place, end) for place in range(at + _HEADER, stop, step))
    _mend(walk, at + 2, change)
    walk.at = at + _HEADER
    return 0


def message6(walk: Walk, at: int, end: int, said: int) -> int:
    """ICMPv6, with the packet that an error quotes, and the addresses of neighbours and listeners."""
    covered = walk.source + walk.target
    if end - at < _HEADER:
        if end - at >= 4:
            _mend(walk, at + 2, covered)
        return -covered if said - at >= 4 else 0
    kind = walk.data[at]
    change = 0
    if kind in _QUOTING6:
        change = _quoted(walk, 6, at + _HEADER, end, said)
    for number in range(_ADDRESSES.get(kind, 0)):
        change += _six(walk, at + _HEADER + 16 * number, end)
    if kind in _OPTIONS:
        change += _options(walk, at + _OPTIONS[kind], end, said)
    elif kind == _QUERY and end - at >= 28:
        change += _sources(walk, at + 28, _u16(walk.data, at + 26), end)
    elif kind == _REPORT:
        change += _records(walk, at, end)
    _mend(walk, at + 2, covered + change)
    walk.at = at + _HEADER
    return -covered


def _six(walk: Walk, at: int, end: int) -> int:
    return walk.six_at(at, end) if at < end else 0


def _quoted(walk: Walk, version: int, at: int, end: int, said: int) -> int:
    """A packet within a message: its hops left stay as they are, they tell where it was lost."""
    before, walk.quoted = walk.quoted, True
    change = walk.go("version", version, at, end, said)
    walk.quoted = before
    return change


def _options(walk: Walk, at: int, end: int, said: int) -> int:
    """Of neighbour discovery (RFC 4861 §4.6, RFC 4191 §2.3, RFC 8106 §5.1)."""
    data = walk.data
    change = 0
    while at + 2 <= end and data[at + 1]:
        kind, stop = data[at], at + 8 * data[at + 1]
        bound = min(stop, end)
        if kind in _LINKS:
            change += walk.hardware_at(at + 2, bound, stop - at - 2)
        elif kind == _PREFIX:
            change += _six(walk, at + 16, bound)
        elif kind == _ROUTE:
            change += _six(walk, at + 8, bound)
        elif kind == _SERVERS:
            change += sum(_six(walk, place, bound) for place in range(at + 8, bound, 16))
        elif kind == _REDIRECTED:
            change += _quoted(walk, 6, at + 8, bound, min(stop, said))
        at = stop
    return change


def _sources(walk: Walk, at: int, count: int, end: int) -> int:
    return sum(walk.six_at(place, end) for place in range(at, min(at + 16 * count, end), 16))


def _records(walk: Walk, at: int, end: int) -> int:
    """A report's groups, and the sources of each (RFC 3810 §5.2)."""
    data = walk.data
    change = 0
    place = at + 8
    for _ in range(_u16(data, at + 6)):
        if place + 4 > end:
            break
        count = _u16(data, place + 2)
        change += _six(walk, place + 4, end) + _sources(walk, place + 20, count, end)
        place += 20 + 16 * count + 4 * data[place + 1]
    return change


def group(walk: Walk, at: int, end: int, said: int) -> int:  # noqa: ARG001
    """IGMP: its groups, and the sources of each (RFC 2236 §2, RFC 3376 §4). It stays payload."""
    if end - at < _HEADER:
        return 0
    data = walk.data
    change = 0
    if data[at] == _IGMP_REPORT:
        place = at + 8
        for _ in range(_u16(data, at + 6)):
            if place + 8 > end:
                break
            count = _u16(data, place + 2)
            stop = min(place + 8 + 4 * count, end)
            change += sum(walk.four_at(each, end) for each in range(place + 4, stop, 4))
            place += 8 + 4 * count + 4 * data[place + 1]
    else:
        change += walk.four_at(at + 4, end)
        if data[at] == _IGMP_QUERY and end - at >= 12:
            stop = min(at + 12 + 4 * _u16(data, at + 10), end)
            change += sum(walk.four_at(each, end) for each in range(at + 12, stop, 4))
    _mend(walk, at + 2, change)
    return 0


def encapsulation(walk: Walk, at: int, end: int, said: int) -> int:
    """GRE, whose checksum, if it has one, covers what it carries."""
    data = walk.data
    if end - at < gre.LEAST:
        return 0
    bits, protocol = _u16(data, at), _u16(data, at + gre.PROTOCOL)
    version = bits & gre.VERSION
    if bits & gre.DISCARDED if version == 0 else version != gre.PPTP or bits & 0xE800 != gre.KEY:
        return 0
    present = (gre.CHECKSUM, gre.KEY, gre.SEQUENCE, gre.ACKNOWLEDGMENT if version else 0)
    inner = at + gre.LEAST + 4 * sum(bool(bits & bit) for bit in present)
    if end < inner:
        return 0
    walk.at = inner
    if version:
        stop = inner + _u16(data, at + gre.LEAST)
        said, end = min(said, stop), min(end, stop)
        if not bits & gre.SEQUENCE:
            return 0
    change = walk.go("ethertype", protocol, inner, end, said)
    if not bits & gre.CHECKSUM:
        return change
    _mend(walk, at + gre.LEAST, change)
    return 0


def overlay(walk: Walk, at: int, end: int, said: int) -> int:
    """VXLAN."""
    if end - at < vxlan.HEADER or not walk.data[at] & vxlan.VALID:
        return 0
    walk.at = at + vxlan.HEADER
    return walk.go("ethertype", 0x6558, walk.at, end, said)


HEADERS: dict[str, dict[int, Header]] = {
    "ip": {
        1: message, 2: group, tcp.NUMBER: segment, udp.NUMBER: datagram, 47: encapsulation, 58: message6,
        sctp.NUMBER: association,
    },
    "udp": {vxlan.PORT: overlay},
}  # fmt: skip
