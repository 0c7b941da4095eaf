"""HTTP/3's error codes, and the error that carries one to the peer (RFC 9114 §8.1, RFC 9204 §6)."""

from __future__ import annotations

from enum import IntEnum

from netloom.errors import RemoteProtocolError


class Code(IntEnum):
    """Why a stream or a connection ends."""

    NO_ERROR = 0x100
    GENERAL_PROTOCOL_ERROR = 0x101
    INTERNAL_ERROR = 0x102
    STREAM_CREATION_ERROR = 0x103
    CLOSED_CRITICAL_STREAM = 0x104
    FRAME_UNEXPECTED = 0x105
    FRAME_ERROR = 0x106
    EXCESSIVE_LOAD = 0x107
    ID_ERROR = 0x108
    SETTINGS_ERROR = 0x109
    MISSING_SETTINGS = 0x10A
    REQUEST_REJECTED = 0x10B
    REQUEST_CANCELLED = 0x10C
    REQUEST_INCOMPLETE = 0x10D
    MESSAGE_ERROR = 0x10E
    CONNECT_ERROR = 0x10F
    VERSION_FALLBACK = 0x110
    QPACK_DECOMPRESSION_FAILED = 0x200
    QPACK_ENCODER_STREAM_ERROR = 0x201
    QPACK_DECODER_STREAM_ERROR = 0x202


class Http3Error(RemoteProtocolError):
    """The peer broke HTTP/3; `code` is what it is told."""

    def __init__(self, code: Code, message: str, rule: str, *, offset: int | None = None) -> None:
        super().__init__(message, rule=rule, offset=offset)
        self.code = code


def name_of(code: int) -> str:
    """A code in words; one that nobody knows as its number."""
    try:
        return Code(code).name
    except ValueError:
        return f"{code:#x}"
