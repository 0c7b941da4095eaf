"""HTTP/3's SETTINGS (RFC 9114 §7.2.4, RFC 9204 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.http3 import varint
from netloom.wire.http3.codes import Code, Http3Error

if TYPE_CHECKING:
    from collections.abc import Mapping

QPACK_MAX_TABLE_CAPACITY, MAX_FIELD_SECTION_SIZE, QPACK_BLOCKED_STREAMS, ENABLE_CONNECT_PROTOCOL = 0x1, 0x6, 0x7, 0x8
_HTTP2 = frozenset((0x0, 0x2, 0x3, 0x4, 0x5))
_RULE = "RFC 9114 §7.2.4.1"
_MOST = 64


def emit(values: Mapping[int, int]) -> bytes:
    """A payload of SETTINGS."""
    return b"".join(varint.emit(name) + varint.emit(value) for name, value in values.items())


def parse(payload: bytes) -> dict[int, int]:
    """The settings that a payload makes, unknown ones included. Raises Http3Error."""
    found: dict[int, int] = {}
    at = 0
    while at < len(payload):
        name = varint.parse(payload, at)
        value = varint.parse(payload, name[1]) if name is not None else None
        if name is None or value is None:
            raise Http3Error(Code.FRAME_ERROR, "SETTINGS that end in the middle of one", "RFC 9114 §7.1", offset=at)
        if name[0] in _HTTP2:
            raise Http3Error(Code.SETTINGS_ERROR, f"a setting of HTTP/2 ({name[0]:#x})", _RULE, offset=at)
        if name[0] in found:
            raise Http3Error(Code.SETTINGS_ERROR, f"setting {name[0]:#x} stands there twice", _RULE, offset=at)
        if name[0] == ENABLE_CONNECT_PROTOCOL and value[0] > 1:
            raise Http3Error(Code.SETTINGS_ERROR, f"ENABLE_CONNECT_PROTOCOL is {value[0]}", "RFC 9220 §3", offset=at)
        found[name[0]] = value[0]
        if len(found) > _MOST:
            raise Http3Error(Code.EXCESSIVE_LOAD, f"more than {_MOST} settings", "RFC 9114 §10.5")
        at = value[1]
    return found
