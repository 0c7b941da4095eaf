"""An office for two minutes: many who browse, and a little of everything that goes wrong. Always the same packets."""

from __future__ import annotations

from random import Random

from netloom.packet.formats.udp import UDP
from netloom.wire.tls_hello import ClientHello, emit
from tests.packet.summing.traffic import MS, NOON, SECOND, Traffic, mtu

LENGTH = 120
"""Seconds."""
HOSTS = [f"192.168.10.{number}" for number in (11, 12, 14, 17, 23, 31, 42)]
ROUTER, RESOLVER, FILES, PRINTER = "192.168.10.1", "192.168.10.2", "192.168.10.5", "192.168.10.9"
SITES = {
    "www.example.org": "203.0.113.10",
    "cdn.example.net": "203.0.113.77",
    "mail.example.com": "198.51.100.25",
    "video.example": "198.51.100.140",
    "api.example.dev": "2001:db8:2::7",
}


def office(seed: int = 4) -> Traffic:
    """Its packets, by time."""
    chance = Random(seed)
    all_ = Traffic()
    for number in range(150):
        _visit(all_, chance, number)
    for scene in (_copies, _scan, _mail, _misprints, _printer, _conflict, _too_large):
        scene(all_, chance)
    all_.frames.sort(key=lambda frame: frame.timestamp_ns or 0)
    return all_


def _visit(made: Traffic, chance: Random, number: int) -> None:
    """A name is asked for, then a site over TLS."""
    # More and more as the first minute goes on, then a lull
    made.now = NOON + int((LENGTH * chance.betavariate(2.2, 2.8)) * SECOND)
    name = chance.choices([*SITES], [5, 8, 2, 6, 2])[0]
    site = SITES[name]
    host = "2001:db8:1::" + chance.choice("abc") if ":" in site else chance.choice(HOSTS)
    made.dns(name, number=number + 1, took=int(chance.lognormvariate(2.3, 0.6) * MS), server=RESOLVER)
    hello = emit(
        ClientHello(
            random=chance.randbytes(32),
            ciphers=(0x1301, 0x1302, 0xC02F),
            extensions=((0, _server_name(name)), (43, b"\x04\x03\x04\x03\x03")),
        )
    )
    ends = (host, 40_000 + number, site, 443)
    rtt = int(chance.lognormvariate(3.2, 0.5) * MS)
    asked = b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello
    _download(made, chance, ends, asked, (rtt, 40 if name == "video.example" else chance.randrange(4, 22)))


def _download(
    made: Traffic, chance: Random, ends: tuple[str, int, str, int], asked: bytes, how: tuple[int, int]
) -> None:
    """A connection in which segments come, and some that were lost come again."""
    rtt, segments = how
    back = (*ends[2:], *ends[:2])
    lossy = ends[2] == SITES["video.example"]
    made.connect(ends, rtt)
    made.tcp(ends, "PA", seq=1, ack=1, data=asked, after=rtt)
    seq, ack = 1, 1 + len(asked)
    for number in range(segments):
        size = 1400 if number + 1 < segments else chance.randrange(100, 1400)
        made.tcp(
            back, "A", seq=seq, ack=ack, data=b"\x17\x03\x03" + bytes(size - 3), after=chance.randrange(1, 12) * MS
        )
        if lossy and chance.random() < 0.12:
            made.now += 220 * MS
            made.tcp(back, "A", seq=seq, ack=ack, data=b"\x17\x03\x03" + bytes(size - 3), after=MS)
        seq += size
        if number % 2:
            made.tcp(ends, "A", seq=ack, ack=seq)
    made.tcp(ends, "FA", seq=ack, ack=seq)
    made.tcp(back, "FA", seq=seq, ack=ack + 1)
    made.tcp(ends, "A", seq=ack + 1, ack=seq + 1)


def _server_name(name: str) -> bytes:
    inner = b"\0" + len(name).to_bytes(2, "big") + name.encode()
    return len(inner).to_bytes(2, "big") + inner


def _copies(made: Traffic, chance: Random) -> None:
    """A file goes to the file server, which is too slow for it now and then."""
    made.now = NOON + 70 * SECOND
    ends = (HOSTS[2], 51_000, FILES, 445)
    made.connect(ends, 2 * MS)
    for number in range(400):
        made.tcp(ends, "A", seq=1 + 1400 * number, ack=1, data=chance.randbytes(1400), after=20 * MS)
        if number % 40 == 39:
            made.tcp((FILES, 445, HOSTS[2], 51_000), "A", seq=1, ack=1 + 1400 * number, window=0, after=30 * MS)
        if number % 2:
            made.tcp((FILES, 445, HOSTS[2], 51_000), "A", seq=1, ack=1 + 1400 * (number + 1))


def _scan(made: Traffic, chance: Random) -> None:
    """Somebody looks which ports the file server has."""
    made.now = NOON + 40 * SECOND
    for port in sorted(chance.sample(range(1, 1024), 120)):
        made.tcp(("192.168.10.66", 61_000, FILES, port), "S")
        made.tcp((FILES, port, "192.168.10.66", 61_000), "SA" if port in (22, 80) else "RA", ack=1, after=6 * MS)


def _mail(made: Traffic, chance: Random) -> None:
    """An old device sends a mail, with its password in clear."""
    made.now = NOON + chance.randrange(20, 100) * SECOND
    ends = (PRINTER, 2000, SITES["mail.example.com"], 25)
    back = (*ends[2:], *ends[:2])
    made.connect(ends, 30 * MS)
    made.tcp(back, "PA", seq=1, ack=1, data=b"220 mail.example.com ESMTP\r\n", after=30 * MS)
    made.tcp(ends, "PA", seq=1, ack=29, data=b"EHLO printer\r\n", after=30 * MS)
    made.tcp(back, "PA", seq=29, ack=15, data=b"250 AUTH PLAIN\r\n", after=30 * MS)
    made.tcp(ends, "PA", seq=15, ack=45, data=b"AUTH PLAIN AHByaW50ZXIAaHVudGVyMg==\r\n", after=30 * MS)


def _misprints(made: Traffic, chance: Random) -> None:
    """A search list that nobody needs."""
    for number in range(70):
        made.now = NOON + chance.randrange(LENGTH) * SECOND + number * MS
        made.dns(f"wpad.branch{number % 3}.example", 3, number=1000 + number, took=8 * MS, server=RESOLVER)


def _printer(made: Traffic, chance: Random) -> None:
    """A printer that is switched off."""
    made.now = NOON + 15 * SECOND
    for number in range(9):
        made.tcp((chance.choice(HOSTS), 52_000 + number, "192.168.10.8", 9100), "S", after=SECOND)


def _conflict(made: Traffic, chance: Random) -> None:
    """The router's address is claimed twice."""
    for number in range(12):
        made.now = NOON + chance.randrange(LENGTH) * SECOND
        made.arp(["02:00:00:00:00:01", "02:00:00:00:66:66"][number % 2], ROUTER, HOSTS[number % 7], 2)


def _too_large(made: Traffic, chance: Random) -> None:
    """A tunnel on the way is narrower than the packets."""
    made.now = NOON + chance.randrange(60) * SECOND
    for _ in range(3):
        quoted = made.ip(HOSTS[0], SITES["cdn.example.net"]) / UDP(dport=443) / bytes(1400)
        made.add(quoted, 5 * MS)
        made.icmp(ROUTER, 3, 4, quoted, mtu(1380))
