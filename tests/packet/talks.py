"""A small capture that says something: a web page asked for and given, a name asked for, an ARP, a ping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet import ARP, ICMP, TCP, UDP, Ethernet, Frame, IPv4, IPv6
from netloom.packet.captures.writer import write
from netloom.packet.formats import icmp

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet import Packet

START = 1_700_000_000_000_000_000
STEP = 10_000_000
CLIENT, SERVER, RESOLVER = "192.0.2.1", "198.51.100.7", "198.51.100.53"
_THERE = Ethernet(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IPv4(src=CLIENT, dst=SERVER)
_BACK = Ethernet(src="02:00:00:00:00:02", dst="02:00:00:00:00:01") / IPv4(src=SERVER, dst=CLIENT)
_QUESTION = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01"
ASKED = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
PACKETS: list[Packet] = [
    Ethernet(src="02:00:00:00:00:01") / ARP(sha="02:00:00:00:00:01", spa=CLIENT, tpa=SERVER),
    Ethernet() / IPv4(src=CLIENT, dst=RESOLVER) / UDP(sport=40_000, dport=53) / _QUESTION,
    _THERE / TCP(sport=50_000, dport=80, flags="S", seq=1),
    _BACK / TCP(sport=80, dport=50_000, flags="SA", seq=9, ack=2),
    _THERE / TCP(sport=50_000, dport=80, flags="A", seq=2, ack=10),
    _THERE / TCP(sport=50_000, dport=80, flags="PA", seq=2, ack=10) / ASKED,
    _BACK / TCP(sport=80, dport=50_000, flags="PA", seq=10, ack=2 + len(ASKED)) / "HTTP/1.1 204 No Content\r\n\r\n",
    _THERE / ICMP(rest=icmp.echo(1, 1)) / "ping",
    Ethernet(type=0x86DD) / IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=2),
]


def frames() -> list[Frame]:
    """The packets, ten milliseconds apart."""
    octets = [bytes(packet) for packet in PACKETS]
    return [Frame(data, START + number * STEP, 1, len(data)) for number, data in enumerate(octets)]


def capture(folder: Path, *, times: int = 1, cut: int = 0) -> Path:
    """A file of them, as often as it is said, without its last octets."""
    path = folder / "talk.pcap"
    write(path, [frame for _ in range(times) for frame in frames()], overwrite=True)
    if cut:
        path.write_bytes(path.read_bytes()[:-cut])
    return path
