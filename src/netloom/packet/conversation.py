"""Raw IP packets composed from the bytes of a conversation (RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 792)."""

from __future__ import annotations

import struct
import zlib
from ipaddress import IPv4Address, IPv6Address, ip_address

from msgspec import Struct

from netloom.wire.checksum import IPAddress, checksum, complement, words

Place = tuple[str, int]
"""A host and a port. A host that is no address (a name, a Unix socket's path, nothing) gets a made-up loopback one."""

TCP, UDP = 6, 17
ICMP = {4: 1, 6: 58}
"""By IP's version."""
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
MSS = 65_475
"""Octets in a segment: what fits into loopback's packets. Smaller ones would cost more than the talk itself."""
UNHEARD = 256 * 1024
"""Octets that wait for an acknowledgement until somebody answers, which acknowledges them by the way."""
DATAGRAM_LIMIT = 65_507
"""Octets that a UDP datagram over IPv4 can carry."""
_WINDOW, _SHIFT = 0xFFFF, 14  # as large as windows get: whatever one write brings is never more than was allowed
# MSS, then the window's scale, padded with a no-operation (RFC 9293 §3.2, RFC 7323 §2.2)
_OPTIONS = struct.pack(">BBHBBBB", 2, 4, MSS, 1, 3, 3, _SHIFT)
_TCP_HEAD = struct.Struct(">HHIIHHHH")
_UDP_HEAD = struct.Struct(">HHHH")
_IPV4_HEAD = struct.Struct(">HHHHHH")
_IPV6_HEAD = struct.Struct(">IHBB")
_HOPS = 64


class Composed(Struct, frozen=True):
    """One raw IP packet: its headers, and what it carries as it came. `outbound` if the local side sent it."""

    head: bytes
    payload: bytes | memoryview
    outbound: bool
    comment: str = ""

    @property
    def data(self) -> bytes:
        """All of it."""
        return self.head + self.payload


def ip_packet(source: IPAddress, destination: IPAddress, protocol: int, payload: bytes, identification: int) -> bytes:
    """A packet with its header; both addresses are of one family."""
    if isinstance(source, IPv6Address):
        head = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
        return head + source.packed + destination.packed + payload
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(payload), identification, 0x4000, 64, protocol)
    addresses = source.packed + destination.packed
    return head + struct.pack(">H", checksum(head + addresses)) + addresses + payload


def _made_up(name: str) -> IPv4Address:
    """A loopback address for what has none: the same for the same name."""
    return IPv4Address(0x7F000001 if not name else 0x7F000000 | (zlib.crc32(name.encode(errors="replace")) & 0xFFFFFF))


def _address(host: str) -> IPAddress | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _mapped(address: IPAddress) -> IPv6Address:
    return address if isinstance(address, IPv6Address) else IPv6Address((0xFFFF << 32) | int(address))


class Way:
    """One direction: what is the same for all its packets. Sums are of 16-bit words, before they are complemented."""

    def __init__(self, source: IPAddress, destination: IPAddress, protocol: int) -> None:
        self._addresses = source.packed + destination.packed
        self._protocol = protocol
        self._old = source.version == 4
        self._count = 0
        addresses = int.from_bytes(self._addresses, "big") % 0xFFFF
        self.pseudo = addresses + protocol
        """Of what TCP's and UDP's checksums cover beside the segment, but for its length."""
        self._sum = addresses + 0x4500 + 0x4000 + (_HOPS << 8 | protocol)

    def head(self, size: int) -> bytes:
        """The header of a packet with that much in it."""
        if not self._old:
            return _IPV6_HEAD.pack(6 << 28, size, self._protocol, _HOPS) + self._addresses
        self._count = (self._count + 1) & 0xFFFF
        value = complement(self._sum + 20 + size + self._count)
        hops = _HOPS << 8 | self._protocol
        return _IPV4_HEAD.pack(0x4500, 20 + size, self._count, 0x4000, hops, value) + self._addresses


class Conversation:
    """A TCP, UDP or ICMP conversation of which only the bytes are known, as packets that could have carried them.

    `accepted`: the peer opened it. `number` tells conversations of one recording apart that have no ports or the same
    ones. TCP begins with `open`, answers acknowledge what was said, and `close` says goodbye for both sides.
    """

    def __init__(self, kind: str, local: Place, peer: Place, *, accepted: bool = False, number: int = 0) -> None:
        self.names: dict[str, str] = {}
        """Made-up addresses, and what they stand for."""
        self._accepted = accepted
        hosts = [self._host(place[0]) for place in (local, peer)]
        if hosts[0].version != hosts[1].version:
            hosts = [_mapped(host) for host in hosts]
        self._protocol = {"tcp": TCP, "udp": UDP, "icmp": ICMP[hosts[0].version]}[kind]
        for place, host in zip((local, peer), hosts, strict=True):
            if place[0] and _address(place[0]) is None:
                self.names[str(host)] = place[0]
        # By direction: 0 is from the local side, 1 from the peer
        self._ways = (Way(hosts[0], hosts[1], self._protocol), Way(hosts[1], hosts[0], self._protocol))
        made_up = (49_152 + number % 16_384, 49_151)
        ports = (local[1] or made_up[accepted], peer[1] or made_up[not accepted])
        self._ports = (ports, ports[::-1])
        self._constant = sum(ports) + _WINDOW
        first = number * 65_537
        self._next = [first & 0xFFFFFFFF, (first + 0x8000) & 0xFFFFFFFF]
        self._finished = [False, False]
        self._unheard = [0, 0]

    def _host(self, host: str) -> IPAddress:
        return _address(host) or _made_up(host)

    # What happens on the link

    def open(self) -> list[Composed]:
        """The handshake of TCP; nothing for datagrams."""
        if self._protocol != TCP:
            return []
        first, second = (1, 0) if self._accepted else (0, 1)
        return [self._segment(first, SYN), self._segment(second, SYN | ACK), self._segment(first, ACK)]

    def sent(self, data: bytes) -> list[Composed]:
        """The local side wrote this."""
        return self._data(0, data)

    def received(self, data: bytes) -> list[Composed]:
        """The peer wrote this."""
        return self._data(1, data)

    def finish(self, *, outbound: bool) -> list[Composed]:
        """One side has no more to write; once is enough."""
        direction = 0 if outbound else 1
        if self._protocol != TCP or self._finished[direction]:
            return []
        packets = [self._segment(direction, FIN | ACK), self._segment(1 - direction, ACK)]
        self._finished[direction] = True
        return packets

    def close(self) -> list[Composed]:
        """Whoever has not finished does."""
        return self.finish(outbound=True) + self.finish(outbound=False)

    def reset(self, *, outbound: bool) -> list[Composed]:
        """One side broke it off; nothing comes after that."""
        if self._protocol != TCP or all(self._finished):
            return []
        self._finished = [True, True]
        return [self._segment(0 if outbound else 1, RST | ACK)]

    # How it becomes packets

    def _data(self, direction: int, data: bytes) -> list[Composed]:
        if self._protocol == UDP:
            return [self._datagram(direction, data)]
        if self._protocol != TCP:
            return [self._message(direction, data)]
        if not data or self._finished[direction]:
            return []  # what is written after the end never left
        view = memoryview(data)
        whole = range(0, len(data) - MSS, MSS)  # what stands before the last
        packets = [self._segment(direction, ACK, view[start : start + MSS]) for start in whole]
        packets.append(self._segment(direction, PSH | ACK, view[len(whole) * MSS :] if whole else data))
        self._unheard[direction] += len(data)
        if self._unheard[direction] > UNHEARD:
            packets.append(self._segment(1 - direction, ACK))
        return packets

    def _segment(self, direction: int, flags: int, data: bytes | memoryview = b"") -> Composed:
        options = _OPTIONS if flags & SYN else b""
        sequence = self._next[direction]
        heard = self._next[1 - direction] if flags & ACK else 0
        self._unheard[1 - direction] = 0
        sized = (20 + len(options)) << 10 | flags
        length = 20 + len(options) + len(data)
        said = words(options) + words(data)
        way, ports = self._ways[direction], self._ports[direction]
        value = complement(way.pseudo + self._constant + length + sequence + heard + sized + said)
        head = way.head(length) + _TCP_HEAD.pack(*ports, sequence, heard, sized, _WINDOW, value, 0)
        self._next[direction] = (sequence + len(data) + (1 if flags & (SYN | FIN) else 0)) & 0xFFFFFFFF
        return Composed(head + options if options else head, data, direction == 0)

    def _datagram(self, direction: int, data: bytes) -> Composed:
        left = len(data) - DATAGRAM_LIMIT
        payload = data[:DATAGRAM_LIMIT]
        way, ports = self._ways[direction], self._ports[direction]
        length = 8 + len(payload)
        # 0 would say that there is no checksum (RFC 768)
        value = complement(way.pseudo + 2 * length + sum(ports) + words(payload)) or 0xFFFF
        comment = f"{left} octets more than UDP can carry are left out" if left > 0 else ""
        return Composed(way.head(length) + _UDP_HEAD.pack(*ports, length, value), payload, direction == 0, comment)

    def _message(self, direction: int, data: bytes) -> Composed:
        """An ICMP message has its checksum already; over IPv6 the kernel sees to it."""
        way = self._ways[direction]
        if self._protocol == ICMP[6] and len(data) >= 4:
            value = complement(way.pseudo + len(data) + words(data[:2] + data[4:]))
            data = data[:2] + value.to_bytes(2, "big") + data[4:]
        return Composed(way.head(len(data)), data, direction == 0)
