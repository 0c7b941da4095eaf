"""Fragments of IP to whole packets (RFC 791 §3.2, RFC 8200 §4.5, RFC 5722, RFC 6946).

Of overlapping fragments of IPv4 the octets that came first count; an IPv6 packet with any is dropped, with all that
comes of it, but for one that came twice.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from netloom.packet.dissect import Dissected, dissect
from netloom.packet.formats import ipv4, ipv6
from netloom.packet.formats.fragment import HEADER, NEXT_HEADER, Fragment
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.frame import Frame
from netloom.packet.streams.pieces import Pieces
from netloom.wire.checksum import checksum

if TYPE_CHECKING:
    from collections.abc import Hashable

PACKETS = 1024
"""Packets that are incomplete at a time."""
OCTETS = 16 << 20
"""What their fragments take of memory at most, 128 octets for each included."""
SECONDS = {4: 30, 6: 60}
"""How long fragments wait for the others: RFC 8200 §4.5 says 60, for IPv4 it is left open."""
LARGEST = 0xFFFF
"""Octets of a packet behind its header."""
NESTED = 4
"""Packets inside packets that may be fragments, too."""

_LINKS = {4: 228, 6: 229}


class _Part(NamedTuple):
    """A fragment: whose it is, its header as the whole packet will have it, and where its octets belong."""

    version: int
    key: Hashable
    header: bytes
    place: int
    data: bytes
    more: bool
    cut: bool


class _Packet(Struct, eq=False):
    """What has come of a packet. `dropped`: its fragments overlap."""

    version: int
    began: int
    pieces: Pieces
    header: bytes = b""
    length: int | None = None
    dropped: bool = False


class Counts(Struct):
    """What came of fragments: `whole` packets made; `incomplete`, `overlapping` and `broken` ones dropped."""

    fragments: int = 0
    whole: int = 0
    incomplete: int = 0
    overlapping: int = 0
    broken: int = 0


class Defragmenter:
    """Takes packets one by one; whole ones pass through."""

    def __init__(self, packets: int = PACKETS, octets: int = OCTETS) -> None:
        self.counts = Counts()
        self._limits = packets, octets
        self._packets: OrderedDict[Hashable, _Packet] = OrderedDict()
        self._cost = 0

    def add(self, frame: Frame, dissected: Dissected) -> tuple[Frame, Dissected] | None:
        """The packet itself; the whole one that this fragment completes, as a frame of IP alone; None: more are needed.

        Never raises.
        """
        for _ in range(NESTED):
            part = _part(frame.data, dissected)
            if part is None:
                return frame, dissected
            made = self._take(part, dissected.row.time)
            if made is None:
                return None
            frame = Frame(made, frame.timestamp_ns, _LINKS[part.version], len(made), frame.interface, frame.direction)
            dissected = dissect(frame)
        return frame, dissected

    def finish(self) -> None:
        """The end of the capture: what is incomplete stays so."""
        for packet in self._packets.values():
            self.counts.incomplete += not packet.dropped
        self._packets.clear()
        self._cost = 0

    def _take(self, part: _Part, now: int) -> bytes | None:
        self.counts.fragments += 1
        self._expire(now)
        if part.place + len(part.data) > LARGEST or (part.more and len(part.data) % 8) or part.cut:
            self.counts.broken += 1
            return None
        packet = self._packets.get(part.key)
        if packet is None:
            packet = self._packets[part.key] = _Packet(part.version, now, Pieces())
            self._cost += 256
        if packet.dropped:
            return None
        before = packet.pieces.cost
        end = part.place + len(part.data)
        count = len(packet.pieces)
        overlap = packet.pieces.add(part.place, part.data) if part.data else None
        self._cost += packet.pieces.cost - before
        if part.version == 6 and overlap is not None and overlap.octets:
            again = overlap.octets == len(part.data) and not overlap.differing and len(packet.pieces) == count
            if not again:
                self._drop(packet)
                return None
        if not part.place:
            packet.header = packet.header or part.header
        if not part.more and packet.length is None:
            packet.length = end
        made = self._whole(packet)
        if made is not None:
            self.counts.whole += 1
            self._forget(part.key)
        else:
            self._bound()
        return made

    def _whole(self, packet: _Packet) -> bytes | None:
        if packet.length is None or not packet.header or not packet.pieces or packet.pieces.first:
            return None
        if packet.pieces.octets < packet.length or packet.pieces.reach() < packet.length:
            return None
        data = b"".join(piece.data for piece in packet.pieces.take(0))[: packet.length]
        return _with_length(packet.version, packet.header, data)

    def _drop(self, packet: _Packet) -> None:
        """Nothing that comes of it counts any more (RFC 5722 §4)."""
        self._cost -= packet.pieces.cost
        packet.pieces.clear()
        packet.dropped = True
        self.counts.overlapping += 1

    def _forget(self, key: Hashable) -> None:
        packet = self._packets.pop(key)
        self._cost -= packet.pieces.cost + 256

    def _expire(self, now: int) -> None:
        while self._packets:
            key, packet = next(iter(self._packets.items()))
            if now - packet.began <= SECONDS[packet.version] * 1_000_000_000:
                return
            self.counts.incomplete += not packet.dropped
            self._forget(key)

    def _bound(self) -> None:
        packets, octets = self._limits
        while len(self._packets) > packets or self._cost > octets:
            key, packet = next(iter(self._packets.items()))
            self.counts.incomplete += not packet.dropped
            self._forget(key)


def _part(data: bytes, dissected: Dissected) -> _Part | None:
    """The outermost fragment in a packet, if there is one."""
    base = 0
    outer: IPv6 | None = None
    previous: int | None = None  # where the number of what follows stands
    for layer, at in zip(dissected.packet.layers, dissected.offsets, strict=True):
        if isinstance(layer, IPv4):
            if layer.more_fragments or layer.fragment:
                return _part_4(data, layer, at)
            outer = None
        elif isinstance(layer, IPv6):
            outer, base, previous = layer, at, at + ipv6.NEXT_HEADER
        elif isinstance(layer, Fragment) and outer is not None and previous is not None:
            return _part_6(data, (outer, layer), (base, previous, at))
        else:
            previous = at
    return None


def _part_4(data: bytes, layer: IPv4, at: int) -> _Part:
    header, length = layer.header or ipv4.HEADER, layer.length or len(data) - at
    end = at + max(header, length)
    key = 4, layer.src, layer.dst, layer.protocol, layer.identification
    body = data[at + header : end]
    return _Part(4, key, data[at : at + header], layer.fragment, body, layer.more_fragments, len(data) < end)


def _part_6(data: bytes, layers: tuple[IPv6, Fragment], places: tuple[int, int, int]) -> _Part:
    """The header is what stands before the fragment header, which the number of what follows it replaces (§4.5)."""
    outer, layer = layers
    base, previous, at = places
    end = base + ipv6.HEADER + outer.length if outer.length else len(data)
    header = data[base:previous] + data[at + NEXT_HEADER : at + NEXT_HEADER + 1] + data[previous + 1 : at]
    key: Hashable = 6, outer.src, outer.dst, layer.identification
    if not layer.fragment and not layer.more_fragments:
        key = object()  # a fragment that is whole is nobody else's (RFC 6946 §4)
    return _Part(6, key, header, layer.fragment, data[at + HEADER : end], layer.more_fragments, len(data) < end)


def _with_length(version: int, header: bytes, data: bytes) -> bytes:
    """A header that says how long the whole packet is, no fragment's any more."""
    if version == 6:
        length = len(header) - ipv6.HEADER + len(data)
        return header[: ipv6.LENGTH] + min(length, 0xFFFF).to_bytes(2, "big") + header[ipv6.NEXT_HEADER :] + data
    length = min(len(header) + len(data), 0xFFFF)
    where = int.from_bytes(header[ipv4.FRAGMENT : ipv4.TTL], "big") & (ipv4.RESERVED | ipv4.DONT)
    made = bytearray(header)
    made[ipv4.LENGTH : ipv4.IDENTIFICATION] = length.to_bytes(2, "big")
    made[ipv4.FRAGMENT : ipv4.TTL] = where.to_bytes(2, "big")
    made[ipv4.CHECKSUM : ipv4.SOURCE] = bytes(2)
    made[ipv4.CHECKSUM : ipv4.SOURCE] = checksum(bytes(made)).to_bytes(2, "big")
    return bytes(made) + data
