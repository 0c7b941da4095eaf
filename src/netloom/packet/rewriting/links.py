"""Link layers while they are rewritten: Ethernet and its tags, MPLS, PPP, Linux cooked, loopback, 802.11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.formats import dot11, ethernet, llc, radiotap, sll, sll2, vlan
from netloom.packet.formats.loopback import INET, INET6, LARGEST
from netloom.packet.rewriting.sums import shifted

if TYPE_CHECKING:
    from netloom.packet.rewriting.walk import Header, Walk

_VERSIONS = {INET: 4, **dict.fromkeys(INET6, 6)}


def _u16(data: bytearray, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def frame(walk: Walk, at: int, end: int, said: int) -> int:
    """An Ethernet frame."""
    if end - at < ethernet.HEADER:
        return walk.hardware_at(at, end) + walk.hardware_at(at + 6, end)
    data = walk.data
    hardware = walk.hardware
    target, change = hardware[bytes(data[at : at + 6])]
    source, more = hardware[bytes(data[at + 6 : at + 12])]
    data[at : at + 12] = target + source
    return change + more + _carried(walk, at + ethernet.HEADER, end, said, _u16(data, at + ethernet.TYPE))


def _carried(walk: Walk, at: int, end: int, said: int, kind: int) -> int:
    """What follows a type or a length."""
    walk.at = at
    if kind < ethernet.LEAST_TYPE:
        return walk.go("llc", 0, at, min(end, at + kind), min(said, at + kind))
    return walk.go("ethertype", kind, at, end, said)


def tag(walk: Walk, at: int, end: int, said: int) -> int:
    """A VLAN tag. Those that are to be taken off keep their number here."""
    if end - at < vlan.HEADER:
        return 0
    data = walk.data
    control = _u16(data, at)
    change = 0
    if walk.tags:
        number = walk.tags.of(control & vlan.NUMBER)
        if number >= 0:
            data[at : at + 2] = (control & ~vlan.NUMBER | number).to_bytes(2, "big")
            change = number - (control & vlan.NUMBER)
    return change + _carried(walk, at + vlan.HEADER, end, said, _u16(data, at + vlan.TYPE))


def logical(walk: Walk, at: int, end: int, said: int) -> int:
    """LLC."""
    if end - at < llc.LEAST:
        return 0
    data = walk.data
    control = data[at + llc.CONTROL]
    size = llc.LEAST + (control & 3 != 3)
    if end - at < size:
        return 0
    walk.at = at + size
    if control != llc.UNNUMBERED:
        return 0
    return shifted(walk.go("sap", data[at], at + size, end, said), size)


def named(walk: Walk, at: int, end: int, said: int) -> int:
    """SNAP."""
    if end - at < llc.SNAP_HEADER:
        return 0
    data = walk.data
    walk.at = at + llc.SNAP_HEADER
    if data[at] or _u16(data, at + 1):
        return 0
    return shifted(walk.go("ethertype", _u16(data, at + llc.PROTOCOL), walk.at, end, said), llc.SNAP_HEADER)


def label(walk: Walk, at: int, end: int, said: int) -> int:
    """MPLS: behind the bottom of the stack the first octet tells which IP it is."""
    if end - at < 4:
        return 0
    bottom = walk.data[at + 2] & 1
    if bottom and end - at < 5:
        return 0
    walk.at = at + 4
    if bottom:
        return walk.go("version", walk.data[at + 4] >> 4, at + 4, end, said)
    return walk.go("mpls", 0, at + 4, end, said)


def session(walk: Walk, at: int, end: int, said: int) -> int:
    """PPPoE."""
    data = walk.data
    if end - at < 6 or data[at] != 0x11:
        return 0
    stop = at + 6 + _u16(data, at + 4)
    walk.at = at + 6
    return 0 if data[at + 1] else walk.go("pppoe", 0, at + 6, min(end, stop), min(said, stop))


def discovery(walk: Walk, at: int, end: int, said: int) -> int:  # noqa: ARG001 - all headers are called alike
    """PPPoE while it is set up."""
    data = walk.data
    if end - at >= 6 and data[at] == 0x11 and end - at >= 6 + _u16(data, at + 4):
        walk.at = at + 6 + _u16(data, at + 4)
    return 0


def point_to_point(walk: Walk, at: int, end: int, said: int) -> int:
    """PPP: its header may have an odd number of octets."""
    data = walk.data
    size = 2 if data[at : min(at + 2, end)] == b"\xff\x03" else 0
    if end - at <= size or (end - at == 1 and data[at] == 0xFF):
        return 0
    protocol = data[at + size]
    size += 1
    if not protocol & 1:
        if end - at <= size:
            return 0
        protocol = protocol << 8 | data[at + size]
        size += 1
    walk.at = at + size
    return shifted(walk.go("ppp", protocol, at + size, end, said), size)


def loopback(walk: Walk, at: int, end: int, said: int) -> int:
    """BSD's, in the byte order of whoever captured."""
    if end - at < 4:
        return 0
    family = int.from_bytes(walk.data[at : at + 4], "little")
    return _family(walk, at, end, said, family) if family <= LARGEST else loop(walk, at, end, said)


def loop(walk: Walk, at: int, end: int, said: int) -> int:
    """OpenBSD's."""
    if end - at < 4:
        return 0
    return _family(walk, at, end, said, int.from_bytes(walk.data[at : at + 4], "big"))


def _family(walk: Walk, at: int, end: int, said: int, family: int) -> int:
    walk.at = at + 4
    return walk.go("version", _VERSIONS.get(family, 0), at + 4, end, said)


def cooked(walk: Walk, at: int, end: int, said: int) -> int:
    """Linux' own."""
    if end - at < sll.HEADER:
        return 0
    walk.hardware_at(at + sll.ADDRESS, end, min(_u16(walk.data, at + sll.ADDRESS_LENGTH), sll.ROOM))
    return _cooked(walk, at + sll.HEADER, end, said, _u16(walk.data, at + sll.PROTOCOL))


def cooked2(walk: Walk, at: int, end: int, said: int) -> int:
    """Its second version."""
    if end - at < sll2.HEADER:
        return 0
    walk.hardware_at(at + sll2.ADDRESS, end, min(walk.data[at + sll2.ADDRESS_LENGTH], sll.ROOM))
    return _cooked(walk, at + sll2.HEADER, end, said, _u16(walk.data, at + sll2.PROTOCOL))


def _cooked(walk: Walk, at: int, end: int, said: int, protocol: int) -> int:
    walk.at = at
    above = sll.cooked(protocol)
    return walk.go(*above, at, end, said) if above is not None else 0


def radio(walk: Walk, at: int, end: int, said: int) -> int:
    """Radiotap, which may say that the frame's check sequence is there."""
    data = walk.data
    size = int.from_bytes(data[at + 2 : at + 4], "little") if end - at >= radiotap.HEADER else 0
    if not radiotap.HEADER <= size <= end - at or data[at]:
        return 0
    try:
        bits = radiotap.flags(bytes(data[at : at + size]))
    except RemoteProtocolError:
        return 0
    walk.at = at + size
    if bits & radiotap.CHECKED:
        said -= radiotap.CHECK
        end = min(end, said)
    return 0 if bits & radiotap.PADDED else walk.go("link", 105, at + size, end, said)


def wireless(walk: Walk, at: int, end: int, said: int) -> int:
    """802.11: up to four addresses, LLC behind those of data."""
    data = walk.data
    places = (dot11.ADDRESS1, dot11.ADDRESS2, dot11.ADDRESS3, dot11.ADDRESS4)
    try:
        layer, header, _, above = dot11.Dot11.parse(bytes(data[at:end]))
    except RemoteProtocolError:
        header, above, count = 0, None, 3 if end - at > 2 and not data[at] & 3 else 0
    else:
        # Frames of control have one or two, those between access points four
        between = isinstance(layer, dot11.Dot11) and layer.type == dot11.DATA and layer.to_ds and layer.from_ds
        count = 4 if between else 3 if header >= dot11.HEADER else 2 if header == dot11.ADDRESS3 else 1
    for place in places[:count]:
        walk.hardware_at(at + place, end)
    if header:
        walk.at = at + header
        if above is not None:
            walk.go(*above, walk.at, end, said)
    return 0


def raw(walk: Walk, at: int, end: int, said: int) -> int:
    """IP of either version."""
    return walk.go("version", walk.data[at] >> 4, at, end, said) if end > at else 0


HEADERS: dict[str, dict[int, Header]] = {
    "link": {
        0: loopback, 1: frame, 9: point_to_point, 12: raw, 14: raw, 51: session, 101: raw, 105: wireless, 108: loop,
        113: cooked, 127: radio, 276: cooked2,
    },
    "ethertype": {
        0x6558: frame, 0x8100: tag, 0x88A8: tag, 0x9100: tag, 0x8847: label, 0x8848: label, 0x8863: discovery,
        0x8864: session, 0x880B: point_to_point,
    },
    "llc": {0: logical},
    "sap": {0xAA: named},
    "mpls": {0: label},
    "pppoe": {0: point_to_point},
}  # fmt: skip
