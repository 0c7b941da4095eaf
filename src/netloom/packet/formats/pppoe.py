"""PPP over Ethernet: discovery and session (RFC 2516 §4, §5)."""

from __future__ import annotations

import struct
from typing import ClassVar, NamedTuple

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole

# The view

VERSION_TYPE = 0
CODE = 1
SESSION = 2
LENGTH = 4
"""Octets behind the header."""
HEADER = 6
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xA7

_FIXED = struct.Struct(">BBHH")
_TAG = struct.Struct(">HH")
_RULE = "RFC 2516 §4"


# The records


class PPPoE(Layer, frozen=True, kw_only=True):
    """A packet of a session, which carries PPP (§6)."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ethertype", 0x8864), ("link", 51))

    session: int = 0
    code: int = 0
    length: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        code, session, length = _head(data)
        above = ("pppoe", 0) if code == 0 else None
        return Parsed(cls(session=session, code=code, length=length), HEADER, HEADER + length, above)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, code=8, session=16, length=16)
        length = len(payload) if self.length is None else self.length
        return packed_as(self, _FIXED, 0x11, self.code, self.session, length) + payload


class PPPoEDiscovery(Layer, frozen=True, kw_only=True):
    """A packet that looks for a session or ends it (§5). `tags` are octets, as `tag` makes and `tags` reads them."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ethertype", 0x8863),)

    code: int = PADI
    session: int = 0
    tags: bytes = b""
    length: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        code, session, length = _head(data)
        end = HEADER + length
        whole(data, end, "a PPPoE discovery packet", _RULE)
        made = cls(code=code, session=session, tags=bytes(data[HEADER:end]), length=length)
        return Parsed(made, end, end, None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, code=8, session=16, length=16)
        length = len(self.tags) if self.length is None else self.length
        return packed_as(self, _FIXED, 0x11, self.code, self.session, length) + self.tags + payload


def _head(data: bytes) -> tuple[int, int, int]:
    """Code, session and length."""
    whole(data, HEADER, "a PPPoE header", _RULE)
    version_type, code, session, length = _FIXED.unpack_from(data)
    if version_type != 0x11:
        raise RemoteProtocolError(f"version and type {version_type:#04x}", rule=_RULE, offset=VERSION_TYPE)
    return code, session, length


# Tags (appendix A)


class Tag(NamedTuple):
    """One tag: its type, and its value."""

    type: int
    value: bytes = b""


END_OF_LIST, SERVICE_NAME, AC_NAME, HOST_UNIQ, AC_COOKIE = 0x0000, 0x0101, 0x0102, 0x0103, 0x0104


def tag(type: int, value: bytes = b"") -> bytes:
    """A tag's octets. Raises UsageError for what is too long."""
    try:
        return _TAG.pack(type, len(value)) + value
    except struct.error as exc:
        raise UsageError(f"a tag of type {type} with {len(value)} octets: {exc}") from exc


def tags(data: bytes) -> list[Tag]:
    """Those of a packet, up to the end of the list or to one that is broken."""
    found = []
    at = 0
    while at + 4 <= len(data):
        kind, length = _TAG.unpack_from(data, at)
        if kind == END_OF_LIST or at + 4 + length > len(data):
            break
        found.append(Tag(kind, bytes(data[at + 4 : at + 4 + length])))
        at += 4 + length
    return found
