"""What is said first in a flow: octets that a program would say, with places that each flow fills in."""

from __future__ import annotations

import struct
from typing import NamedTuple

NAME = "host-000000.example.com"
DIGITS = NAME.index("0")


class Words(NamedTuple):
    """`digits` is where the name's six digits stand, the others where TLS has 32 octets that differ; -1 for nowhere."""

    octets: bytes
    digits: int = -1
    random: int = -1
    session: int = -1
    share: int = -1


class Stack(NamedTuple):
    """What a client's library offers, in its own order."""

    suites: tuple[int, ...]
    groups: tuple[int, ...]
    signatures: tuple[int, ...]
    order: tuple[int, ...]
    alpn: bytes


STACKS = (
    Stack(
        (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x002F),
        (0x001D, 0x0017, 0x0018),
        (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601),
        (0, 23, 65281, 10, 11, 35, 16, 13, 51, 45, 43),
        b"\x02h2\x08http/1.1",
    ),
    Stack(
        (0x1301, 0x1303, 0x1302, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030),
        (0x001D, 0x0017, 0x0018, 0x0019),
        (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601),
        (0, 23, 65281, 10, 35, 16, 51, 43, 13, 45),
        b"\x02h2\x08http/1.1",
    ),
    Stack(
        (0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8),
        (0x001D, 0x0017, 0x001E, 0x0019, 0x0018),
        (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806),
        (0, 11, 10, 35, 22, 23, 13, 43, 45, 51, 16),
        b"\x08http/1.1",
    ),
)
"""Three kinds of clients."""


def client_hello(stack: Stack) -> Words:
    """TLS 1.3's first record (RFC 8446 §4.1.2)."""
    name, share = NAME.encode(), bytes(range(32))
    said = {
        0: _sized(b"\0" + _sized(name, 2), 2),
        10: _sized(_numbers(stack.groups), 2),
        11: b"\x01\x00",
        13: _sized(_numbers(stack.signatures), 2),
        16: _sized(stack.alpn, 2),
        43: _sized(_numbers((0x0304, 0x0303)), 1),
        45: b"\x01\x01",
        51: _sized(_numbers((0x001D,)) + _sized(share, 2), 2),
        65281: b"\0",
    }
    extensions = b"".join(_extension(kind, said.get(kind, b"")) for kind in stack.order)
    hello = _hello(_sized(_numbers(stack.suites), 2) + b"\x01\x00" + _sized(extensions, 2))
    octets = _record(22, 0x0301, b"\x01" + hello)
    return Words(octets, octets.index(name) + DIGITS, 11, 44, octets.index(share))


def server_hello(size: int) -> Words:
    """The answer: a server's hello, its change of cipher, and what is encrypted after that, `size` octets in all."""
    share = bytes(range(32))
    extensions = _extension(43, _numbers((0x0304,))) + _extension(51, _numbers((0x001D,)) + _sized(share, 2))
    hello = _hello(b"\x13\x01\x00" + _sized(extensions, 2))
    said = _record(22, 0x0303, b"\x02" + hello) + _record(20, 0x0303, b"\x01")
    return Words(said + _record(23, 0x0303, bytes(size - len(said) - 5)), -1, 11, 44, said.index(share))


def request() -> Words:
    """HTTP/1.1's (RFC 9112)."""
    octets = (
        f"GET /files/report HTTP/1.1\r\nHost: {NAME}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
        "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: close\r\n\r\n"
    ).encode()
    return Words(octets, octets.index(NAME.encode()) + DIGITS)


def response(size: int) -> Words:
    """Its answer: a head, and the beginning of a body that ends with the connection, `size` octets in all."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n"
    return Words(head + bytes(size - len(head)))


def question(version: int, *, answered: bool) -> Words:
    """DNS (RFC 1035 §4): a name's address, asked for, or told."""
    labels = b"".join(_sized(label.encode(), 1) for label in NAME.split(".")) + b"\0"
    kind, address = (1, bytes((198, 18, 0, 1))) if version == 4 else (28, bytes.fromhex("20010002") + bytes(11) + b"\1")
    octets = struct.pack(">6H", 0, 0x8180 if answered else 0x0100, 1, int(answered), 0, 0)
    octets += labels + struct.pack(">2H", kind, 1)
    if answered:
        octets += struct.pack(">3HIH", 0xC00C, kind, 1, 300, len(address)) + address
    return Words(octets, octets.index(NAME[:DIGITS].encode()) + DIGITS)


def _hello(rest: bytes) -> bytes:
    """Either side's: version, random, session, and the rest."""
    return _sized(_numbers((0x0303,)) + bytes(32) + _sized(bytes(32), 1) + rest, 3)


def _extension(kind: int, data: bytes) -> bytes:
    return _numbers((kind,)) + _sized(data, 2)


def _record(kind: int, version: int, data: bytes) -> bytes:
    return struct.pack(">BH", kind, version) + _sized(data, 2)


def _numbers(values: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def _sized(data: bytes, octets: int) -> bytes:
    return len(data).to_bytes(octets, "big") + data
