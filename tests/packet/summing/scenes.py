"""Scenes: for each kind of finding, traffic that has to bring it, and traffic much like it that mustn't."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.wire.tls_hello import ClientHello, emit
from tests.packet.summing.traffic import CLIENT, MS, SECOND, SERVER, Traffic, mtu

if TYPE_CHECKING:
    from collections.abc import Callable

ENDS = (CLIENT, 40_000, SERVER, 80)
MACS = ("02:00:00:00:00:0a", "02:00:00:00:00:0b")


def loss(times: int) -> Traffic:
    made = Traffic()
    made.connect(ENDS)
    for number in range(100):
        made.tcp(ENDS, "PA", seq=1 + 100 * number, ack=1, data=bytes(100))
        if number < times:
            made.now += SECOND
            made.tcp(ENDS, "PA", seq=1 + 100 * number, ack=1, data=bytes(100))
    return made


def zero_windows(times: int) -> Traffic:
    made = Traffic()
    made.connect(ENDS)
    for number in range(10):
        made.tcp((SERVER, 80, CLIENT, 40_000), "A", seq=1, ack=1, window=0 if number < times else 9)
    return made


def slow(rtt: int) -> Traffic:
    made = Traffic()
    for number in range(5):
        made.talk((CLIENT, 40_000 + number, SERVER, 443), b"x", [b"y"], rtt)
    return made


def gaps(every: int) -> Traffic:
    made = Traffic()
    made.connect(ENDS)
    for number in range(100):
        if number % every:
            made.tcp(ENDS, "PA", seq=1 + 100 * number, ack=1, data=bytes(100))
    return made


def refused(times: int) -> Traffic:
    made = Traffic()
    for number in range(times):
        made.tcp((CLIENT, 40_000 + number, SERVER, 81), "S")
        made.tcp((SERVER, 81, CLIENT, 40_000 + number), "RA", ack=1)
    return made


def unanswered(patience: int) -> Traffic:
    made = Traffic()
    for number in range(4):
        made.tcp((CLIENT, 40_000 + number, SERVER, 82), "S")
    made.now += patience
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    return made


def half_open(times: int) -> Traffic:
    made = Traffic()
    for number in range(times):
        made.tcp((f"203.0.113.{number}", 1000, SERVER, 80), "S")
        made.tcp((SERVER, 80, f"203.0.113.{number}", 1000), "SA", ack=1)
    made.now += 10 * SECOND
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    return made


def resets(times: int) -> Traffic:
    made = Traffic()
    for number in range(30):
        ends = (CLIENT, 40_000 + number, SERVER, 80)
        made.connect(ends)
        made.tcp(ends, "R" if number < times else "A", seq=1)
    return made


def scan(ports: int, *, answered: bool) -> Traffic:
    made = Traffic()
    for number in range(ports):
        made.tcp((CLIENT, 50_000, SERVER, 1 + number), "S")
        made.tcp((SERVER, 1 + number, CLIENT, 50_000), "SA" if answered else "RA", ack=1)
    return made


def sweep(hosts: int, *, answered: bool) -> Traffic:
    made = Traffic()
    for number in range(hosts):
        made.tcp((CLIENT, 50_000, f"203.0.113.{number}", 22), "S")
        if answered:
            made.tcp((f"203.0.113.{number}", 22, CLIENT, 50_000), "SA", ack=1)
    made.now += 10 * SECOND
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    return made


def arp_sweep(addresses: int) -> Traffic:
    made = Traffic()
    for number in range(addresses):
        made.arp(MACS[0], "192.0.2.1", f"192.0.2.{number + 2}")
    return made


def resolving(good: int, bad: int, rcode: int | None) -> Traffic:
    made = Traffic()
    for number in range(good):
        made.dns(f"good{number}.example")
    for number in range(bad):
        made.dns(f"bad{number}.example", rcode)
    made.now += 10 * SECOND
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    return made


def slow_dns(took: int) -> Traffic:
    made = Traffic()
    for number in range(30):
        made.dns(f"a{number}.example", took=took)
    return made


def claims(*owners: str) -> Traffic:
    made = Traffic()
    for owner in owners:
        made.arp(owner, "192.0.2.9", "192.0.2.1", 2)
    return made


def announcing(times: int) -> Traffic:
    made = Traffic()
    for _ in range(times):
        made.arp(MACS[0], "192.0.2.9", "192.0.2.9", after=100 * MS)
    return made


def broadcasts(among: int) -> Traffic:
    made = Traffic()
    for number in range(1000):
        if number < among:
            made.add(
                Ethernet(src=MACS[0]) / IPv4(src=CLIENT, dst="255.255.255.255", identification=number) / UDP() / b"x"
            )
        else:
            made.udp((CLIENT, 1, SERVER, 2), number.to_bytes(2, "big"))
    return made


def line(text: bytes, port: int) -> Traffic:
    made = Traffic()
    made.connect((CLIENT, 40_000, SERVER, port))
    made.tcp((CLIENT, 40_000, SERVER, port), "PA", seq=1, ack=1, data=text)
    return made


def basic(scheme: bytes) -> Traffic:
    secret = base64.b64encode(b"ann:secret")
    return line(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + scheme + b" " + secret + b"\r\n\r\n", 80)


def telnet(port: int) -> Traffic:
    made = Traffic()
    made.talk((CLIENT, 40_000, SERVER, port), b"ann\r\n", [b"login: "])
    return made


def hello(version: int) -> Traffic:
    said = emit(ClientHello(version=version, random=bytes(32), ciphers=(0x2F,)))
    return line(b"\x16\x03\x01" + len(said).to_bytes(2, "big") + said, 443)


def complaint(kind: int, code: int, times: int, rest: bytes = bytes(4)) -> Traffic:
    made = Traffic()
    for _ in range(times):
        quoted = made.ip(CLIENT, "203.0.113.9") / UDP(dport=9) / bytes(20)
        made.add(quoted)
        made.icmp("192.0.2.254", kind, code, quoted, rest)
    return made


def fragments(times: int) -> Traffic:
    made = Traffic()
    for number in range(100):
        more = number < times
        head = IPv4(src=CLIENT, dst=SERVER, identification=number, more_fragments=more)
        made.add(Ethernet() / head / UDP(dport=9, checksum=0) / bytes(64))
    return made


def mirrored(*, twice: bool) -> Traffic:
    made = loss(0)
    made.frames = [each for frame in made.frames for each in ([frame, frame] if twice else [frame])]
    return made


def clock(back: int) -> Traffic:
    made = Traffic()
    made.udp(ENDS, b"a", after=-back)
    made.udp(ENDS, b"b")
    return made


def lying(*, length: int | None) -> Traffic:
    made = Traffic()
    made.add(Ethernet() / IPv4(src=CLIENT, dst=SERVER, length=length) / UDP() / b"x")
    return made


def deep(headers: int) -> Traffic:
    made = Traffic()
    packet = Ethernet() / IPv4()
    for _ in range(headers):
        packet = packet / IPv4(src=CLIENT, dst=SERVER)
    made.add(packet / UDP() / b"x")
    return made


def http() -> Traffic:
    made = Traffic()
    made.talk(ENDS, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", [b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000])
    return made


SCENES: dict[str, tuple[Callable[[], Traffic], Callable[[], Traffic]]] = {
    "retransmissions": (lambda: loss(25), lambda: loss(3)),
    "zero-windows": (lambda: zero_windows(6), lambda: zero_windows(2)),
    "slow-handshakes": (lambda: slow(700 * MS), lambda: slow(200 * MS)),
    "gaps": (lambda: gaps(3), lambda: gaps(50)),
    "refused": (lambda: refused(3), lambda: refused(2)),
    "unanswered": (lambda: unanswered(10 * SECOND), lambda: unanswered(100 * MS)),
    "half-open": (lambda: half_open(25), lambda: half_open(5)),
    "resets": (lambda: resets(25), lambda: resets(3)),
    "port-scan": (lambda: scan(30, answered=False), lambda: scan(30, answered=True)),
    "sweep": (lambda: sweep(30, answered=False), lambda: sweep(30, answered=True)),
    "arp-sweep": (lambda: arp_sweep(100), lambda: arp_sweep(10)),
    "dns-missing": (lambda: resolving(10, 15, 3), lambda: resolving(90, 15, 3)),
    "dns-failures": (lambda: resolving(10, 4, 2), lambda: resolving(10, 2, 2)),
    "dns-silent": (lambda: resolving(10, 4, None), lambda: resolving(10, 2, None)),
    "dns-slow": (lambda: slow_dns(800 * MS), lambda: slow_dns(20 * MS)),
    "arp-conflict": (lambda: claims(*MACS), lambda: claims(MACS[0], MACS[0])),
    "arp-storm": (lambda: announcing(40), lambda: announcing(3)),
    "broadcasts": (lambda: broadcasts(400), lambda: broadcasts(100)),
    "password": (lambda: line(b"PASS secret\r\n", 21), lambda: line(b"PASSIVE secret\r\n", 21)),
    "telnet": (lambda: telnet(23), lambda: telnet(2323)),
    "old-tls": (lambda: hello(0x0301), lambda: hello(0x0303)),
    "mtu": (lambda: complaint(3, 4, 1, mtu(1400)), lambda: complaint(3, 3, 1)),
    "expired": (lambda: complaint(11, 0, 12), lambda: complaint(11, 0, 3)),
    "unreachable": (lambda: complaint(3, 1, 12), lambda: complaint(3, 1, 3)),
    "fragments": (lambda: fragments(30), lambda: fragments(2)),
    "duplicates": (lambda: mirrored(twice=True), lambda: mirrored(twice=False)),
    "clock": (lambda: clock(5 * SECOND), lambda: clock(100 * MS)),
    "lying": (lambda: lying(length=900), lambda: lying(length=None)),
    "deep": (lambda: deep(30), lambda: deep(3)),
}
"""`drops` isn't here: it is about what a capture's own statistics say."""

PASSWORDS: dict[str, Callable[[], Traffic]] = {
    "FTP PASS": lambda: line(b"PASS secret\r\n", 21),
    "POP3 PASS": lambda: line(b"pass secret\r\n", 110),
    "POP3 AUTH": lambda: line(b"AUTH PLAIN AGFubgBzZWNyZXQ=\r\n", 110),
    "SMTP AUTH": lambda: line(b"AUTH LOGIN\r\n", 25),
    "IMAP login": lambda: line(b'a1 LOGIN ann "secret"\r\n', 143),
    "HTTP Basic": lambda: basic(b"Basic"),
}
HARMLESS: dict[str, Callable[[], Traffic]] = {
    "digest": lambda: basic(b"Digest"),
    "http": http,
    "cram": lambda: line(b"AUTH CRAM-MD5\r\n", 25),
    "imap": lambda: line(b"a1 AUTHENTICATE SCRAM-SHA-256\r\n", 143),
    "said": lambda: line(b"LOGIN is what I did\r\n", 6667),
}


def untimed(frames: list[Frame]) -> list[Frame]:
    """The same without times."""
    return [Frame(frame.data, None, frame.link_type, frame.length) for frame in frames]
