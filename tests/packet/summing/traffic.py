"""Traffic for tests: packets as values, at times, as conversations have them."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netloom.packet.captures import create
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.icmp import ICMP
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.layer import Packet

MS = 1_000_000
SECOND = 1000 * MS
NOON = 1_795_000_000 * SECOND
CLIENT, SERVER = "192.0.2.1", "198.51.100.7"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def mac(address: str) -> str:
    """A hardware address for one of IP."""
    return "02:" + ip_address(address).packed[-5:].rjust(5, b"\0").hex(":")


class Traffic:
    """Packets as they are said; `now` is the time of the next one, in nanoseconds."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now
        self.frames: list[Frame] = []
        self._number = 0

    def add(self, packet: Packet | bytes, after: int = MS) -> None:
        """A packet, and how long it is until the next one."""
        octets = bytes(packet)
        self.frames.append(Frame(octets, self.now, 1, len(octets)))
        self.now += after

    def ip(self, source: str, destination: str, ttl: int = 64) -> Packet:
        """The headers below a transport; no two have the same identification."""
        self._number = (self._number + 1) % 65536
        link = Ethernet(src=mac(source), dst=mac(destination))
        if ":" in source:
            return link / IPv6(src=source, dst=destination, hop_limit=ttl)
        return link / IPv4(src=source, dst=destination, identification=self._number, ttl=ttl)

    def tcp(self, ends: tuple[str, int, str, int], flags: str, *, seq: int = 0, ack: int = 0, data: bytes = b"",
            window: int = 8192, after: int = MS) -> None:  # fmt: skip
        """A segment from the first end to the second."""
        source, sport, destination, dport = ends
        header = TCP(sport=sport, dport=dport, flags=flags, seq=seq, ack=ack, window=window)
        self.add(self.ip(source, destination) / header / data, after)

    def connect(self, ends: tuple[str, int, str, int], rtt: int = 20 * MS) -> None:
        """A handshake: sequence numbers stand at 1 after it, both ways."""
        back = (*ends[2:], *ends[:2])
        self.tcp(ends, "S", after=rtt)
        self.tcp(back, "SA", ack=1, after=0)
        self.tcp(ends, "A", seq=1, ack=1)

    def talk(self, ends: tuple[str, int, str, int], asked: bytes, answers: list[bytes], rtt: int = 20 * MS) -> None:
        """A connection from its beginning to its end."""
        back = (*ends[2:], *ends[:2])
        self.connect(ends, rtt)
        self.tcp(ends, "PA", seq=1, ack=1, data=asked, after=rtt)
        seq, ack = 1, 1 + len(asked)
        for answer in answers:
            self.tcp(back, "PA", seq=seq, ack=ack, data=answer)
            seq += len(answer)
        self.tcp(ends, "FA", seq=ack, ack=seq)
        self.tcp(back, "FA", seq=seq, ack=ack + 1)
        self.tcp(ends, "A", seq=ack + 1, ack=seq + 1)

    def udp(self, ends: tuple[str, int, str, int], data: bytes, after: int = MS) -> None:
        """A datagram."""
        source, sport, destination, dport = ends
        self.add(self.ip(source, destination) / UDP(sport=sport, dport=dport) / data, after)

    def dns(
        self, name: str, rcode: int | None = 0, *, number: int = 0, took: int = 10 * MS, server: str = SERVER
    ) -> None:
        """A question and its answer; None: there is none."""
        question = (dns.Question(from_text(f"{name}."), 1),)
        number = number or len(self.frames) + 1
        port = 30_000 + number % 20_000
        self.udp((CLIENT, port, server, 53), dns.emit(dns.Message(number, 0x0100, question)), after=took)
        if rcode is not None:
            self.udp((server, 53, CLIENT, port), dns.emit(dns.Message(number, 0x8180 | rcode, question)))

    def arp(self, sender: str, address: str, target: str, operation: int = 1, after: int = MS) -> None:
        """Who has `target`? tell `address`; or that `address` is at `sender`."""
        link = Ethernet(src=sender, dst=BROADCAST)
        self.add(link / ARP(operation=operation, sha=sender, spa=address, tpa=target), after)

    def icmp(self, source: str, kind: int, code: int, quoted: Packet, rest: bytes = bytes(4)) -> None:
        """An error about a packet, to its sender."""
        inner = bytes(quoted)[14:]
        made = ICMPv6(type=kind, code=code, rest=rest) if ":" in source else ICMP(type=kind, code=code, rest=rest)
        target = "2001:db8::1" if ":" in source else CLIENT
        self.add(self.ip(source, target) / made / inner[:64])

    def write(self, path: Path) -> Path:
        """A capture of it."""
        with create(path, overwrite=True) as writer:
            for frame in self.frames:
                writer.write(frame)
        return path


def mtu(octets: int) -> bytes:
    """The rest of ICMP's header where fragmentation is needed (RFC 1191 §4)."""
    return struct.pack(">HH", 0, octets)
