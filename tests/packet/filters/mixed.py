"""Frames of many kinds, put together octet by octet, so that they owe nothing to what is tested with them."""

from __future__ import annotations

import itertools
import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOUR = ("192.0.2.1", "192.0.2.77", "10.1.2.3", "224.0.0.5", "255.255.255.255")
SIX = ("2001:db8::1", "2001:db8:1::5", "ff02::1", "::ffff:192.0.2.1")
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:05")
TCP, UDP, SCTP, ICMP, ICMP6 = 6, 17, 132, 1, 58


def ether(payload: bytes, kind: int, dst: str = MACS[1], src: str = MACS[0]) -> bytes:
    return bytes.fromhex((dst + src).replace(":", "")) + kind.to_bytes(2, "big") + payload


def tag(payload: bytes, number: int, kind: int) -> bytes:
    return struct.pack(">HH", 0x2000 | number, kind) + payload


def label(payload: bytes, number: int, last: bool = True) -> bytes:
    return struct.pack(">I", number << 12 | last << 8 | 64) + payload


def session(payload: bytes, number: int, ppp: int) -> bytes:
    return struct.pack(">BBHHH", 0x11, 0, number, len(payload) + 2, ppp) + payload


def four(
    payload: bytes, protocol: int, src: str = FOUR[0], dst: str = FOUR[1], where: int = 0, options: bytes = b""
) -> bytes:
    length = 20 + len(options) + len(payload)
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0x10, length, 0x1234, where, 64, protocol, 0)
    return head + ip_address(src).packed + ip_address(dst).packed + options + payload


def six(payload: bytes, protocol: int, src: str = SIX[0], dst: str = SIX[1]) -> bytes:
    head = struct.pack(">IHBB", 0x60000000, len(payload), protocol, 63)
    return head + ip_address(src).packed + ip_address(dst).packed + payload


def tcp(sport: int, dport: int, flags: int = 2, data: bytes = b"") -> bytes:
    return struct.pack(">HHIIHHHH", sport, dport, 1000, 2000, 0x5000 | flags, 8192, 0, 0) + data


def udp(sport: int, dport: int, data: bytes = b"") -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


def sctp(sport: int, dport: int) -> bytes:
    return struct.pack(">HHII", sport, dport, 7, 0) + bytes.fromhex("0b000004")


def arp(spa: str, tpa: str, operation: int = 1) -> bytes:
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in MACS[:2]]
    fixed = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    return fixed + macs[0] + ip_address(spa).packed + macs[1] + ip_address(tpa).packed


def transports() -> Iterator[tuple[int, bytes]]:
    for sport, dport in ((80, 1024), (53, 53), (0, 65535), (6000, 443)):
        yield TCP, tcp(sport, dport, flags=dport & 0x1F or 2, data=b"GET / HTTP/1.1\r\n")
        yield UDP, udp(sport, dport, bytes(range(16)))
        yield SCTP, sctp(sport, dport)
    for flags in range(0, 256, 17):
        yield TCP, tcp(50000, 22, flags)


def plain() -> Iterator[tuple[int, bytes]]:
    """Packets by EtherType in which nothing is hidden: no tag, no tunnel, no fragment, no extension header."""
    for number, (protocol, payload) in enumerate(transports()):
        src, dst = FOUR[number % 3], FOUR[(number + 1) % 5]
        yield 0x0800, four(payload, protocol, src, dst)
        yield 0x0800, four(payload, protocol, dst, src, where=0x4000, options=bytes.fromhex("94040000"))
        yield 0x86DD, six(payload, protocol, SIX[number % 4], SIX[(number + 1) % 4])
    for kind, code in ((8, 0), (0, 0), (3, 1), (11, 0), (5, 1)):
        yield 0x0800, four(bytes([kind, code, 0, 0, 0, 1, 0, 2]) + b"ping", ICMP)
    for kind, code in ((128, 0), (129, 0), (135, 0), (1, 4)):
        yield 0x86DD, six(bytes([kind, code, 0, 0, 0, 1, 0, 2]) + b"ping6", ICMP6)
    for protocol in (2, 9, 47 + 9, 89, 103, 112, 255):
        yield 0x0800, four(bytes(range(24)), protocol, dst=FOUR[3])
    for protocol in (89, 103, 112):
        yield 0x86DD, six(bytes(range(24)), protocol, dst=SIX[2])
    for src, dst in itertools.permutations(FOUR[:3], 2):
        yield 0x0806, arp(src, dst)
    yield 0x8035, arp(FOUR[0], FOUR[1], 3)
    for kind in (0x0600, 0x6003, 0x809B, 0x80F3, 0x8137, 0x88CC, 0x8863):
        yield kind, bytes(range(1, 61))


def hidden() -> Iterator[tuple[int, bytes]]:
    """Packets in tags and tunnels, in fragments, behind extension headers."""
    inner = (
        (0x0800, four(tcp(80, 1024), TCP)),
        (0x0800, four(udp(53, 5353, b"query"), UDP, FOUR[2], FOUR[3])),
        (0x86DD, six(tcp(443, 6000, 0x12), TCP)),
        (0x86DD, six(bytes([128, 0, 0, 0, 0, 1, 0, 2]), ICMP6)),
        (0x0806, arp(FOUR[0], FOUR[2])),
    )
    for kind, packet in inner:
        for number in (1, 5, 100):
            yield 0x8100, tag(packet, number, kind)
        yield 0x88A8, tag(tag(packet, 7, kind), 5, 0x8100)
        yield 0x8100, tag(tag(packet, 5, kind), 0, 0x8100)
        yield 0x9100, tag(tag(tag(packet, 9, kind), 8, 0x8100), 7, 0x8100)
        if kind != 0x0806:
            yield 0x8847, label(packet, 5)
            yield 0x8847, label(label(packet, 16), 1000, last=False)
            yield 0x8847, label(label(label(packet, 5), 16, last=False), 1000, last=False)
            ppp = {0x0800: 0x21, 0x86DD: 0x57}[kind]
            yield 0x8864, session(packet, 5, ppp)
            yield 0x8100, tag(session(packet, 0x27, ppp), 5, 0x8864)
            yield 0x8864, session(label(packet, 5), 5, 0x0281)
            yield 0x8100, tag(label(packet, 5), 5, 0x8847)
            yield 0x0800, four(packet, {0x0800: 4, 0x86DD: 41}[kind])
            yield 0x86DD, six(packet, {0x0800: 4, 0x86DD: 41}[kind])
        yield 0x0800, four(struct.pack(">HH", 0, kind) + packet, 47)
        yield 0x0800, four(udp(4000, 4789, struct.pack(">II", 0x08000000, 99 << 8) + ether(packet, kind)), UDP)
    segment = tcp(80, 1024, data=bytes(40))
    yield 0x0800, four(segment[:24], TCP, where=0x2000)
    yield 0x0800, four(segment[24:], TCP, where=3)
    yield 0x0800, four(udp(53, 53, bytes(8)), UDP, where=0x2000)
    for offset, more in ((0, 1), (5, 0)):
        yield 0x86DD, six(struct.pack(">BBHI", TCP, 0, offset << 3 | more, 77) + segment, 44)
        yield 0x86DD, six(struct.pack(">BBHI", UDP, 0, offset << 3 | more, 77) + udp(53, 53), 44)
    for first in (0, 43, 60):
        yield 0x86DD, six(struct.pack(">BBHI", TCP, 0, 0, 0) + segment, first)
    for point in (0xFE, 0x42, 0xF0, 0xE0, 0xFF):
        payload = bytes([point, point, 3]) + bytes(range(40))
        yield len(payload), payload
    for organization, kind, packet in ((0, 0x0800, inner[0][1]), (0, 0x80F3, bytes(28)), (0x080007, 0x809B, bytes(28))):
        payload = bytes.fromhex("aaaa03") + organization.to_bytes(3, "big") + kind.to_bytes(2, "big") + packet
        yield len(payload), payload
    yield 0x8137, bytes(40)


def framed(link_type: int, kind: int, packet: bytes, number: int = 0) -> bytes | None:
    """A packet on a link; None where the link can't carry it."""
    version = {0x0800: 4, 0x86DD: 6}.get(kind)
    match link_type:
        case 1:
            return ether(packet, kind, MACS[number % 4], MACS[number // 4 % 2])
        case 113:
            kind = kind if kind > 1500 else (1, 4)[packet[0] != 0xFF]
            return (
                struct.pack(">HHH8sH", (0, 1, 2, 4)[number % 4], 1, 6, bytes.fromhex("0200000000010000"), kind) + packet
            )
        case 276:
            address = bytes.fromhex("0200000000010000")
            return struct.pack(">HHIHBB8s", kind, 0, 3, 1, (0, 1, 2, 4)[number % 4], 6, address) + packet
    if version is None or {228: 4, 229: 6}.get(link_type, version) != version:
        return None
    family = {4: 2, 6: (24, 28, 30)[number % 3]}[version]
    return {0: struct.pack("=I", family), 108: struct.pack(">I", family)}.get(link_type, b"") + packet


def frames(link_type: int, *, tagged: bool = True) -> list[bytes]:
    """All frames of a link; without tags and tunnels only those of which every reader must say the same."""
    packets = [*plain(), *(hidden() if tagged else ())]
    made = [framed(link_type, kind, packet, number) for number, (kind, packet) in enumerate(packets)]
    return [frame for frame in made if frame is not None]


def cut(whole: list[bytes]) -> list[bytes]:
    """Frames that end early, at many places."""
    return [frame[: 3 + 7 * number % max(1, len(frame))] for number, frame in enumerate(whole)]


def write_pcap(path: Path, link_type: int, kept: list[bytes], lengths: list[int]) -> None:
    """A capture whose packets tell their number as the second in which they passed."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type))
        for number, (frame, length) in enumerate(zip(kept, lengths, strict=True)):
            file.write(struct.pack("<IIII", number, 0, len(frame), length) + frame)


def numbers(capture: bytes) -> list[int]:
    """Which packets a capture has that tcpdump made of one of these."""
    found, at = [], 24
    while at < len(capture):
        second, _, captured, _ = struct.unpack_from("<IIII", capture, at)
        found.append(second)
        at += 16 + captured
    return found
