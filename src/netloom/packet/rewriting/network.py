"""IP while it is rewritten, its options and extension headers, and ARP (RFC 791, RFC 8200, RFC 826)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from netloom.packet.formats.arp import ADDRESSES, IPV4
from netloom.packet.formats.destination import HOME_ADDRESS
from netloom.packet.formats.ipv4 import CHECKSUM, DESTINATION, HEADER, OFFSET, SOURCE, TTL
from netloom.packet.formats.ipv6 import DESTINATION as DESTINATION6
from netloom.packet.formats.ipv6 import HEADER as HEADER6
from netloom.packet.formats.ipv6 import HOP_LIMIT
from netloom.packet.formats.ipv6 import SOURCE as SOURCE6
from netloom.packet.formats.routing import SEGMENTS, SOURCE_ROUTE
from netloom.packet.rewriting.sums import WHOLE, mended, shifted

if TYPE_CHECKING:
    from netloom.packet.rewriting.walk import Header, Walk

_FOUR = struct.Struct(">BxHxxHBBH4s4s").unpack_from
_SIX = struct.Struct(">BxxxHBB16s16s").unpack_from
_FRAGMENTED = 0x3FFF
_RECORD_ROUTE, _TIMESTAMP, _LOOSE, _STRICT = 7, 68, 131, 137
_HOME = 2
_FIXED_ROUTE = 8


def ipv4(walk: Walk, at: int, end: int, said: int) -> int:
    """A header whose checksum is mended: what it adds to a sum below is what stands above it."""
    data = walk.data
    if end - at < HEADER:
        if end > at and data[at] >> 4 == 4:
            walk.four_at(at + SOURCE, end)
            walk.four_at(at + DESTINATION, end)
        return 0
    first, length, where, ttl, protocol, check, source, destination = _FOUR(data, at)
    if first >> 4 != 4:
        return 0
    header = (first & 15) * 4
    source, walk.source = walk.four[source]
    destination, walk.target = walk.four[destination]
    data[at + SOURCE : at + HEADER] = source + destination
    change = walk.source + walk.target
    if header > HEADER:
        change += _options(walk, at + HEADER, min(at + header, end))
    if walk.ttl is not None and not walk.quoted:
        data[at + TTL] = walk.ttl
        change += walk.ttl - ttl << 8
    if change % WHOLE:
        data[at + CHECKSUM : at + SOURCE] = mended(check, change).to_bytes(2, "big")
    if header < HEADER or header > end - at or 0 < length < header:
        return 0
    walk.at = at + header
    if length:
        said, end = min(said, at + length), min(end, at + length)
    if where & OFFSET:
        return 0
    walk.claimed = at + length if length and not where & _FRAGMENTED else None
    return walk.go("ip", protocol, at + header, end, said)


def _options(walk: Walk, at: int, end: int) -> int:
    """Routes and timestamps hold addresses; the last one of a route still to go is the packet's destination."""
    data = walk.data
    begin = at
    change = 0
    while at + 2 <= end and data[at]:
        kind, length = data[at], data[at + 1]
        if kind == 1:
            at += 1
            continue
        stop = at + length
        if length < 2:
            break
        first, step = (at + 3, 4) if kind in (_RECORD_ROUTE, _LOOSE, _STRICT) else (at + 4, 8)
        stamped = kind == _TIMESTAMP and at + 4 <= min(stop, end) and data[at + 3] & 15 in (1, 3)
        if first - at == 3 or stamped:
            last = 0
            for place in range(first, stop - 3 if stop <= end else end, step):  # cut ones, too
                last = walk.four_at(place, end)
                change += shifted(last, place - begin)
            if kind in (_LOOSE, _STRICT) and length >= 7 and stop <= end and data[at + 2] <= length:
                walk.target = last
        at = stop
    return change


def ipv6(walk: Walk, at: int, end: int, said: int) -> int:
    """A header without a checksum: what its addresses add, those above with a pseudo-header take back."""
    data = walk.data
    if end - at < HEADER6:
        if end > at and data[at] >> 4 == 6:
            walk.six_at(at + SOURCE6, end)
            walk.six_at(at + DESTINATION6, end)
        return 0
    first, length, following, hops, source, destination = _SIX(data, at)
    if first >> 4 != 6:
        return 0
    source, walk.source = walk.six[source]
    destination, walk.target = walk.six[destination]
    data[at + SOURCE6 : at + HEADER6] = source + destination
    change = walk.source + walk.target
    if walk.ttl is not None and not walk.quoted:
        data[at + HOP_LIMIT] = walk.ttl
        change += walk.ttl - hops
    walk.at = at + HEADER6
    walk.claimed = None
    if length:
        walk.claimed = at + HEADER6 + length
        said, end = min(said, walk.claimed), min(end, walk.claimed)
    return change + walk.go("ip", following, at + HEADER6, end, said)


def hop_by_hop(walk: Walk, at: int, end: int, said: int) -> int:
    """A header of options."""
    size = _extent(walk, at, end)
    if not size:
        return 0
    walk.at = at + size
    return walk.go("ip", walk.data[at], at + size, end, said)


def destination(walk: Walk, at: int, end: int, said: int) -> int:
    """A header of options, one of which may tell where its sender is at home (RFC 6275 §6.3.1)."""
    size = _extent(walk, at, end)
    data = walk.data
    change = 0
    place = at + 2
    stop = min(at + 8 + 8 * data[at + 1], end) if end - at >= 2 else end
    while place + 2 <= stop:
        length = 1 if data[place] == 0 else 2 + data[place + 1]
        if data[place] == HOME_ADDRESS and length == 18:
            walk.source = walk.six_at(place + 2, end)
            change += shifted(walk.source, place - at)
        place += length
    if not size:
        return 0
    walk.at = at + size
    return change + walk.go("ip", data[at], at + size, end, said)


def routing(walk: Walk, at: int, end: int, said: int) -> int:
    """A header of addresses; while segments are left, one of them is the packet's destination (RFC 8200 §8.1)."""
    data = walk.data
    change = 0
    size = _extent(walk, at, end)
    if end - at >= _FIXED_ROUTE and data[at + 2] in (SOURCE_ROUTE, _HOME, SEGMENTS):
        count = data[at + 1] // 2
        if data[at + 2] == SEGMENTS:
            count = min(count, data[at + 4] + 1)
        changes = [walk.six_at(place, end) for place in range(at + 8, min(at + 8 + 16 * count, end), 16)]
        change = sum(changes)
        if changes and data[at + 3] and size:
            walk.target = changes[0] if data[at + 2] == SEGMENTS else changes[-1]
    if not size:
        return 0
    walk.at = at + size
    return change + walk.go("ip", data[at], at + size, end, said)


def _extent(walk: Walk, at: int, end: int) -> int:
    """Octets of an extension header; 0 where it isn't whole."""
    size = 8 + 8 * walk.data[at + 1] if end - at >= 2 else 8
    return size if end - at >= size else 0


def fragment(walk: Walk, at: int, end: int, said: int) -> int:
    """IPv6's fragment header."""
    if end - at < 8:
        return 0
    data = walk.data
    walk.at = at + 8
    where = data[at + 2] << 8 | data[at + 3]
    if where & 0xFFF9:
        walk.claimed = None
    return 0 if where & 0xFFF8 else walk.go("ip", data[at], at + 8, end, said)


def authentication(walk: Walk, at: int, end: int, said: int) -> int:
    """AH: its value covers addresses, and nobody without its key can mend that."""
    size = (walk.data[at + 1] + 2) * 4 if end - at >= 12 else 0
    if not 12 <= size <= end - at:
        return 0
    walk.at = at + size
    return walk.go("ip", walk.data[at], at + size, end, said)


def encapsulated(walk: Walk, at: int, end: int, said: int) -> int:  # noqa: ARG001 - all headers are called alike
    """ESP: what follows its eight octets is secret."""
    if end - at >= 8:
        walk.at = at + 8
    return 0


def arp(walk: Walk, at: int, end: int, said: int) -> int:  # noqa: ARG001
    """The addresses of both, of hardware and of IPv4."""
    if end - at < ADDRESSES:
        return 0
    data = walk.data
    kind = data[at + 2] << 8 | data[at + 3]
    hardware, protocol = data[at + 4], data[at + 5]
    change = 0
    for place in (at + ADDRESSES, at + ADDRESSES + hardware + protocol):
        change += shifted(walk.hardware_at(place, end, hardware), place - at)
        if (kind, protocol) == (IPV4, 4):
            change += shifted(walk.four_at(place + hardware, end), place + hardware - at)
    size = ADDRESSES + 2 * (hardware + protocol)
    if end - at >= size:
        walk.at = at + size
    return change


HEADERS: dict[str, dict[int, Header]] = {
    "ethertype": {0x0800: ipv4, 0x0806: arp, 0x86DD: ipv6},
    "version": {4: ipv4, 6: ipv6},
    "ppp": {0x21: ipv4, 0x57: ipv6},
    "link": {228: ipv4, 229: ipv6},
    "ip": {
        0: hop_by_hop, 4: ipv4, 41: ipv6, 43: routing, 44: fragment, 50: encapsulated, 51: authentication,
        60: destination,
    },
}  # fmt: skip
