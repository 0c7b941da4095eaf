"""QUIC's packets by what stands in the open: versions, connection IDs and tokens (RFC 8999, RFC 9000 §17)."""

from __future__ import annotations

import msgspec

from netloom.wire.http3 import varint

VERSION_1 = 1
SMALLEST_INITIAL = 1200
"""Bytes of the smallest datagram that a client may begin with (RFC 9000 §14.1)."""
_MOST_ID = 20


class Header(msgspec.Struct, frozen=True):
    """What can be read of a datagram's first packet. `version` is 0 in a negotiation, and in a short header.

    `initial` says that it begins a connection of version 1, with `token` from a Retry or an earlier connection.
    """

    version: int
    destination: bytes
    source: bytes = b""
    long: bool = True
    initial: bool = False
    token: bytes = b""


def parse(data: bytes, own: int) -> Header | None:
    """The header of a datagram's first packet; None for what is none. `own` is the length of our connection IDs."""
    if len(data) < 7:
        return None
    first = data[0]
    if not first & 0x80:
        return Header(0, data[1 : 1 + own], long=False) if first & 0x40 and len(data) > 1 + own else None
    at = 6 + data[5]
    end = at + 1 + data[at] if at < len(data) else len(data) + 1
    if end > len(data):
        return None
    plain = Header(int.from_bytes(data[1:5], "big"), data[6:at], data[at + 1 : end])
    return plain if plain.version != VERSION_1 else _version_1(plain, data, end)


def _version_1(plain: Header, data: bytes, at: int) -> Header | None:
    """The same for a packet whose version we speak (RFC 9000 §17.2)."""
    if not data[0] & 0x40 or len(plain.destination) > _MOST_ID or len(plain.source) > _MOST_ID:
        return None
    if data[0] & 0x30:
        return plain
    size = varint.parse(data, at)
    if size is None or size[1] + size[0] > len(data):
        return None
    return msgspec.structs.replace(plain, initial=True, token=data[size[1] : size[1] + size[0]])
