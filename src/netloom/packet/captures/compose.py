"""Compose: pcapng blocks as octets, little-endian, their time in nanoseconds (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.captures.blocks import LINKTYPE_RAW, SECRETS_TLS_KEY_LOG
from netloom.packet.captures.pcapng import (
    COMMENT,
    ENHANCED,
    EPB_FLAGS,
    IF_FCSLEN,
    IF_NAME,
    IF_TSRESOL,
    INTERFACE,
    MAGIC,
    NAMES,
    SECRETS,
    SECTION,
    SHB_USERAPPL,
)
from netloom.packet.frame import INBOUND, OUTBOUND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.packet.frame import Frame

_TIME = 1 << 63


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    if len(value) > 0xFFFF:
        raise UsageError(f"a comment or name of {len(value)} octets: a capture file takes 65535")
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _options(*options: tuple[int, bytes]) -> bytes:
    """The options that aren't empty, and their end; nothing if all are."""
    present = b"".join(_option(code, value) for code, value in options if value)
    return present + bytes(4) if present else b""


def _block(kind: int, body: bytes) -> bytes:
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def section_block(application: str = "netloom", comment: str = "") -> bytes:
    """What a file starts with. Its length is left open, so that blocks can follow at any time."""
    body = struct.pack("<IHHq", MAGIC, 1, 0, -1)
    return _block(SECTION, body + _options((COMMENT, _octets(comment)), (SHB_USERAPPL, _octets(application))))


def interface_block(name: str = "", link_type: int = LINKTYPE_RAW, snap: int = 0, fcs: int = 0) -> bytes:
    """What the packets that name this interface are; their timestamps are in nanoseconds."""
    length = struct.pack("<B", fcs) if fcs else b""
    options = _options((IF_NAME, _octets(name)), (IF_TSRESOL, b"\x09"), (IF_FCSLEN, length))
    return _block(INTERFACE, struct.pack("<HHI", link_type, 0, snap) + options)


def packet_block(frame: Frame, interface: int | None = None) -> bytes:
    """One packet, of its own interface or another. Time that isn't told is written as 0."""
    time, data = frame.timestamp_ns or 0, frame.data
    if not 0 <= time < _TIME:
        raise UsageError(f"{time} ns is no time that a capture file can tell")
    number = frame.interface if interface is None else interface
    head = struct.pack("<IIIII", number, time >> 32, time & 0xFFFFFFFF, len(data), frame.length)
    if not frame.direction and not frame.comment:
        return _block(ENHANCED, head + _padded(data))
    flags = struct.pack("<I", frame.direction) if frame.direction else b""
    return _block(ENHANCED, head + _padded(data) + _options((COMMENT, _octets(frame.comment)), (EPB_FLAGS, flags)))


_HEAD = struct.Struct("<IIIIIII")
_LENGTH = struct.Struct("<I")
_FLAGS = {direction: _options((EPB_FLAGS, struct.pack("<I", direction))) for direction in (INBOUND, OUTBOUND)}


def plain_block(
    head: bytes, payload: bytes | memoryview, timestamp_ns: int, direction: int
) -> tuple[bytes, bytes | memoryview, bytes]:
    """The same of a whole packet of the first interface, for who has many of them and knows when they were.

    It is in pieces, so that what the packet carries isn't copied.
    """
    size, options = len(head) + len(payload), _FLAGS[direction]
    length = 32 + size + -size % 4 + len(options)
    begin = _HEAD.pack(ENHANCED, length, 0, timestamp_ns >> 32, timestamp_ns & 0xFFFFFFFF, size, size)
    return begin + head, payload, bytes(-size % 4) + options + _LENGTH.pack(length)


def secrets_block(secrets: bytes, kind: int = SECRETS_TLS_KEY_LOG) -> bytes:
    """Secrets, by default TLS's as lines of a key log; they have to stand before the packets that need them."""
    return _block(SECRETS, struct.pack("<II", kind, len(secrets)) + _padded(secrets))


def names_block(names: Mapping[str, str]) -> bytes:
    """What addresses are called: addresses to names."""
    records = []
    for address, name in names.items():
        packed = ip_address(address)
        records.append(_option(1 if packed.version == 4 else 2, packed.packed + _octets(name) + b"\0"))
    return _block(NAMES, b"".join(records) + bytes(4))
