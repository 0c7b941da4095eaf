"""Object identifiers as numbers (RFC 2578 §3.5)."""

from __future__ import annotations

Oid = tuple[int, ...]

ARCS = 128
"""How many arcs an identifier may have."""
_ARC = (1 << 32) - 1


def parse_oid(text: str) -> Oid:
    """`1.3.6.1` or `.1.3.6.1` as numbers. Raises ValueError that says what is wrong."""
    parts = text.removeprefix(".").split(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in parts):
        raise ValueError(f"{text[:80]!r} is no object identifier: numbers with dots between them are")
    return check_oid(tuple(int(part) for part in parts))


def check_oid(oid: Oid) -> Oid:
    """The same identifier. Raises ValueError where it can't be one (ITU-T X.660 §7.6 for its first two arcs)."""
    if not 2 <= len(oid) <= ARCS:
        raise ValueError(f"an object identifier has from 2 to {ARCS} arcs, not {len(oid)}")
    if any(not 0 <= arc <= _ARC for arc in oid):
        raise ValueError(f"an arc is from 0 to {_ARC}")
    if oid[0] > 2 or (oid[0] < 2 and oid[1] > 39):
        raise ValueError(f"an object identifier can't begin with {oid[0]}.{oid[1]}")
    return oid


def show_oid(oid: Oid) -> str:
    """`1.3.6.1`."""
    return ".".join(map(str, oid))
