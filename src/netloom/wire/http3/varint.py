"""QUIC's integers of variable length (RFC 9000 §16)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError

MOST = (1 << 62) - 1


def emit(value: int) -> bytes:
    """In as few bytes as it takes. Raises LocalProtocolError for what doesn't fit into 62 bits."""
    if 0 <= value < 0x40:
        return bytes((value,))
    if 0 <= value < 0x4000:
        return (value | 0x4000).to_bytes(2, "big")
    if 0 <= value < 0x4000_0000:
        return (value | 0x8000_0000).to_bytes(4, "big")
    if 0 <= value <= MOST:
        return (value | 0xC000_0000_0000_0000).to_bytes(8, "big")
    raise LocalProtocolError(f"{value} doesn't fit into 62 bits", rule="RFC 9000 §16")


def parse(data: bytes | bytearray, at: int = 0) -> tuple[int, int] | None:
    """The integer at an offset, and the offset behind it; None while it isn't whole."""
    if at >= len(data):
        return None
    first = data[at]
    size = 1 << (first >> 6)
    if at + size > len(data):
        return None
    if size == 1:
        return first, at + 1
    return int.from_bytes(data[at : at + size], "big") & ((1 << (size * 8 - 2)) - 1), at + size
