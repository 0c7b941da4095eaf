"""Captures to read in tests, byte by byte."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from netloom.packet.captures.blocks import Interface
from netloom.packet.captures.compose import (
    interface_block,
    names_block,
    packet_block,
    secrets_block,
    section_block,
)
from netloom.packet.frame import OUTBOUND, Frame

if TYPE_CHECKING:
    from netloom.packet.captures.blocks import Block

TIME = 1_700_000_000_123_456_789
KEY_LOG = b"CLIENT_RANDOM 00 11\n"
NAMES = {"127.1.2.3": "/run/x.sock", "::1": "here"}
FIRST = Frame(b"E12", TIME, 101, 3, direction=OUTBOUND, comment="first")
PCAPNG = (
    section_block(comment="of a test")
    + interface_block("tun")
    + names_block(NAMES)
    + secrets_block(KEY_LOG)
    + packet_block(FIRST)
)
RAW = Interface(101, "tun", ticks=1_000_000_000)


def block(order: str, kind: int, body: bytes) -> bytes:
    """A block as the format has it, its body padded."""
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link_type: int, snap: int = 0, options: bytes = b"") -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link_type, 0, snap) + options)


def enhanced(order: str, number: int, ticks: int, data: bytes, length: int | None = None) -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), length or len(data))
    return block(order, 6, head + data)


def pcap(order: str = "<", magic: int = 0xA1B2C3D4, link: int = 1, snap: int = 65535) -> bytes:
    return struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, snap, link)


def record(order: str, seconds: int, fraction: int, data: bytes, length: int | None = None) -> bytes:
    return struct.pack(order + "IIII", seconds, fraction, len(data), length or len(data)) + data


def frames_of(blocks: list[Block]) -> list[Frame]:
    return [block for block in blocks if isinstance(block, Frame)]
