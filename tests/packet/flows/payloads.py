"""What each protocol's client or server says first, as real ones say it: made by our own codecs or written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire import icmp, ntp
from netloom.wire.coap import message as coap
from netloom.wire.dns import codes as dns_codes
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text
from netloom.wire.tls_hello import ClientHello, emit
from tests.wire.initials import crypto_frame, initial

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

WORDS = ("alpha", "bravo", "x", "a-b-c", "host42", "example", "printer", "mail")


def _head(chance: random.Random, *lines: str, method: str = "GET", path: str = "") -> bytes:
    path = path or "/" + "/".join(chance.choices(WORDS, k=chance.randrange(3)))
    fields = [f"Host: {chance.choice(WORDS)}.example", f"User-Agent: {chance.choice(WORDS)}/1.0", *lines]
    chance.shuffle(fields)
    return f"{method} {path} HTTP/1.1\r\n".encode() + "".join(f"{line}\r\n" for line in fields).encode() + b"\r\n"


def _http(chance: random.Random) -> list[tuple[str, bytes]]:
    method = chance.choice(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
    length = chance.randrange(300)
    answer = f"HTTP/1.1 {chance.choice([200, 204, 404])} x\r\nContent-Length: {length}\r\n\r\n".encode() + bytes(length)
    return [
        ("client", _head(chance, "Accept: */*", method=method)),
        ("client", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
        ("server", answer),
    ]


def _ws(chance: random.Random) -> list[tuple[str, bytes]]:
    upgrade = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + "A" * 22 + "==",
    )
    return [("client", _head(chance, *upgrade, path="/chat"))]


def _sse(chance: random.Random) -> list[tuple[str, bytes]]:
    return [("client", _head(chance, "Accept: text/event-stream", "Cache-Control: no-cache"))]


def _socketio(chance: random.Random) -> list[tuple[str, bytes]]:
    upgrade = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + "A" * 22 + "==",
    )
    return [
        ("client", _head(chance, path="/socket.io/?EIO=4&transport=polling")),
        ("client", _head(chance, *upgrade, path="/socket.io/?EIO=4&transport=websocket")),
    ]


def _rdap(chance: random.Random) -> list[tuple[str, bytes]]:
    return [("client", _head(chance, "Accept: application/rdap+json", path=f"/domain/{chance.choice(WORDS)}.example"))]


def _tls(chance: random.Random) -> list[tuple[str, bytes]]:
    hello = emit(ClientHello(random=chance.randbytes(32), session=chance.randbytes(32), ciphers=(0x1301, 0x1302)))
    return [
        ("client", b"\x16\x03" + bytes([chance.randrange(1, 4)]) + len(hello).to_bytes(2, "big") + hello),
        ("server", b"\x15\x03\x03\0\x02\x02\x28"),
    ]


def _quic(chance: random.Random) -> list[tuple[str, bytes]]:
    hello = crypto_frame(0, emit(ClientHello(random=chance.randbytes(32))))
    chosen = chance.randbytes(chance.randrange(8, 21))
    size = chance.randrange(1, 5)
    return [("client", initial(hello + bytes(1200), chosen, version=version, size=size)) for version in (1, 0x6B3343CF)]


def _dns(chance: random.Random) -> list[tuple[str, bytes]]:
    question = dns.Question(from_text(f"{chance.choice(WORDS)}.example."), chance.choice([1, 15, 28, 65]))
    edns = chance.choice([None, dns.Edns()])
    asked = dns.emit(dns.Message(chance.randrange(1 << 16), dns_codes.RD, (question,), edns=edns))
    return [("udp client", asked), ("tcp client", dns.framed(asked))]


def _ntp(chance: random.Random) -> list[tuple[str, bytes]]:
    leap, version = chance.choice([0, 3]), chance.choice([3, 4])
    first = bytes([leap << 6 | version << 3 | ntp.Mode.CLIENT, 0, chance.randrange(4, 11), 0xE9])
    return [("client", first + bytes(36) + chance.randbytes(8))]


def _coap(chance: random.Random) -> list[tuple[str, bytes]]:
    kind = chance.choice([0, 1])
    # Unconfirmed with a token of three octets it begins like version 2 of NTP, which only its length tells from it
    token = chance.randbytes(chance.choice([0, 1, 2, 4, 5, 6, 7, 8]))
    head = bytes([0x40 | kind << 4 | len(token), chance.randrange(1, 5)]) + chance.randbytes(2) + token
    payload = b"\xff" + chance.randbytes(chance.randrange(1, 40)) if chance.random() < 0.5 else b""
    data = head + b"\xbb.well-known\x04core" + payload
    assert coap.parse(data).token == token
    return [("client", data)]


def _snmp(chance: random.Random) -> list[tuple[str, bytes]]:
    community = chance.choice(WORDS).encode()
    bound = bytes.fromhex("300e300c06082b060102010101000500")
    pdu = b"\x02\x04" + (chance.randrange(1 << 30) + 1).to_bytes(4, "big") + b"\x02\x01\0\x02\x01\0" + bound
    body = bytes([2, 1, chance.randrange(2), 4, len(community)]) + community + bytes([0xA0, len(pdu)]) + pdu
    return [("client", bytes([0x30, len(body)]) + body)]


def _syslog(chance: random.Random) -> list[tuple[str, bytes]]:
    priority, word = chance.randrange(192), chance.choice(WORDS)
    old = f"<{priority}>Nov 21 06:00:00 {word} app[12]: started".encode()
    new = f"<{priority}>1 2026-11-21T06:00:00Z {word} app 12 - - started".encode()
    return [
        ("client", old),
        ("client", new),
        ("tcp client", f"{len(new)} ".encode() + new),
        ("tcp client", new + b"\n"),
    ]


def _tftp(chance: random.Random) -> list[tuple[str, bytes]]:
    options = chance.choice([b"", b"blksize\x001428\0"])
    name = chance.choice(WORDS).encode()
    return [("client", bytes([0, chance.choice([1, 2])]) + name + b"\0octet\0" + options)]


def _modbus(chance: random.Random) -> list[tuple[str, bytes]]:
    pdu = bytes([chance.choice([1, 2, 3, 4])]) + chance.randrange(1 << 16).to_bytes(2, "big") + b"\0\x0a"
    return [("client", chance.randbytes(2) + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + b"\x01" + pdu)]


def _mqtt(chance: random.Random) -> list[tuple[str, bytes]]:
    client = chance.choice(WORDS).encode()
    version = chance.choice([4, 5])
    properties = b"\0" if version == 5 else b""
    body = b"\0\4MQTT" + bytes([version, 2]) + b"\0\x3c" + properties + len(client).to_bytes(2, "big") + client
    return [("client", bytes([0x10, len(body)]) + body)]


def _irc(chance: random.Random) -> list[tuple[str, bytes]]:
    nick = chance.choice(WORDS)
    return [
        ("client", b"CAP LS 302\r\n"),
        ("client", f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode()),
        ("client", f"PASS secret\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode()),
        ("server", b":irc.example NOTICE * :*** Looking up your hostname...\r\n"),
        ("server", b"ERROR :Closing Link\r\n"),
    ]


def _smtp(chance: random.Random) -> list[tuple[str, bytes]]:
    host = f"{chance.choice(WORDS)}.example"
    return [
        ("server", f"220 {host} ESMTP Postfix\r\n".encode()),
        ("server", f"220-{host} ESMTP Exim 4.96\r\n220 no spam\r\n".encode()),
        ("client", f"EHLO {host}\r\n".encode()),
        ("client", f"helo {host}\r\n".encode()),
    ]


def _ftp(chance: random.Random) -> list[tuple[str, bytes]]:
    return [
        ("server", b"220 (vsFTPd 3.0.5)\r\n"),
        ("server", b"220 ProFTPD Server (Debian) [::ffff:127.0.0.1]\r\n"),
        ("client", f"USER {chance.choice(WORDS)}\r\n".encode()),
        ("client", b"AUTH TLS\r\n"),
    ]


def _imap(chance: random.Random) -> list[tuple[str, bytes]]:
    return [
        ("server", b"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE] Dovecot ready.\r\n"),
        ("server", b"* PREAUTH IMAP4rev1 server logged in\r\n"),
    ]


def _telnet(chance: random.Random) -> list[tuple[str, bytes]]:
    option = bytes([chance.choice([1, 3, 24, 31, 39])])
    return [(side, b"\xff" + verb + option) for side in ("client", "server") for verb in (b"\xfb", b"\xfd")]


MADE: dict[str, Callable[[random.Random], list[tuple[str, bytes]]]] = {
    "coap": _coap,
    "dns": _dns,
    "ftp": _ftp,
    "http": _http,
    "imap": _imap,
    "irc": _irc,
    "modbus": _modbus,
    "mqtt": _mqtt,
    "ntp": _ntp,
    "pop3": lambda chance: [("server", b"+OK Dovecot ready.\r\n"), ("server", b"+OK POP3 <1.2@x.example>\r\n")],
    "quic": _quic,
    "rdap": _rdap,
    "smtp": _smtp,
    "snmp": _snmp,
    "socketio": _socketio,
    "sse": _sse,
    "ssh": lambda chance: [("client", b"SSH-2.0-OpenSSH_9.7\r\n"), ("server", b"SSH-2.0-dropbear_2022.83\r\n")],
    "syslog": _syslog,
    "telnet": _telnet,
    "tftp": _tftp,
    "tls": _tls,
    "whois": lambda chance: [("server", b"% This is the RIPE Database query service.\r\n%\r\n")],
    "ws": _ws,
}
"""By the name that is to be recognised. A sender may have its transport before it where it has several."""

TOLD_AS: dict[str, tuple[str, Callable[[random.Random], list[tuple[str, bytes]]]]] = {
    "grpc": ("http", lambda chance: [("client", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")]),
    "netconf": ("ssh", MADE["ssh"]),
    "sftp": ("ssh", MADE["ssh"]),
    "tcp": ("", lambda chance: [("client", b"hello"), ("server", b"hello")]),
    "udp": ("", lambda chance: [("udp client", b"hello"), ("udp server", b"hello")]),
    "unix": ("", lambda chance: [("client", b"hello")]),
    "icmp": ("", lambda chance: [("udp client", icmp.emit(icmp.Echo(4, False, 1, 1, chance.randbytes(20))))]),
}
"""Protocols that a first payload doesn't show: what is told instead, and the payloads."""
