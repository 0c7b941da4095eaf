"""Frames over TCP: Modbus' own header (Modbus Messaging on TCP/IP 1.0b §3.1.3), and serial frames as they are.

A serial frame has no length: over TCP, without the silences of a line, it is told by what its function carries
(Modbus over Serial Line 1.02 §2.5.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.modbus import codes
from netloom.wire.modbus.codes import PDU_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = 7
FRAME_LIMIT = 260
RTU_LIMIT = 256
_TCP = "Modbus Messaging on TCP/IP 1.0b §3.1.3"
_SERIAL = "Modbus over Serial Line 1.02 §2.5.1"


class Frame(Struct, frozen=True):
    """A PDU, for or from a unit. A serial frame has no `transaction`."""

    unit: int
    pdu: bytes
    transaction: int = 0


def emit_tcp(frame: Frame) -> bytes:
    """A frame of Modbus TCP."""
    return b"%b\0\0%b%b%b" % (
        frame.transaction.to_bytes(2),
        (len(frame.pdu) + 1).to_bytes(2),
        frame.unit.to_bytes(1),
        frame.pdu,
    )


def unframed_tcp(buffer: bytes) -> tuple[Frame, int] | None:
    """A frame of Modbus TCP and its size, or None where it isn't whole. Raises RemoteProtocolError."""
    if buffer[2:4].rstrip(b"\0"):
        raise RemoteProtocolError("the protocol identifier isn't 0", rule=_TCP, offset=2, seen=buffer[:64])
    if len(buffer) < HEADER:
        return None
    length = int.from_bytes(buffer[4:6])
    if not 2 <= length <= PDU_LIMIT + 1:
        words = f"a length of {length}, not 2 to {PDU_LIMIT + 1}"
        raise RemoteProtocolError(words, rule=_TCP, offset=4, seen=buffer[:64])
    end = HEADER - 1 + length
    if len(buffer) < end:
        return None
    return Frame(buffer[6], buffer[HEADER:end], int.from_bytes(buffer[:2])), end


def emit_rtu(frame: Frame) -> bytes:
    """A serial frame."""
    data = bytes([frame.unit]) + frame.pdu
    return data + crc(data).to_bytes(2, "little")


def unframed_request(buffer: bytes) -> tuple[Frame, int] | None:
    """A serial frame of a client. Raises RemoteProtocolError."""
    return _unframed(buffer, _request_size)


def unframed_response(buffer: bytes) -> tuple[Frame, int] | None:
    """A serial frame of a server. Raises RemoteProtocolError."""
    return _unframed(buffer, _response_size)


def crc(data: bytes) -> int:
    """The check of a serial frame (Modbus over Serial Line 1.02 §6.2.2)."""
    value = 0xFFFF
    for octet in data:
        value = value >> 8 ^ _CRC[(value ^ octet) & 0xFF]
    return value


def _table() -> tuple[int, ...]:
    made = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1  # noqa: PLW2901  # it is shifted out
        made.append(value)
    return tuple(made)


_CRC = _table()


def _unframed(buffer: bytes, size_of: Callable[[bytes], int | None]) -> tuple[Frame, int] | None:
    if len(buffer) < 2:
        return None
    inner = size_of(buffer[1:])
    if inner is None:
        return None
    if inner == 0:  # nobody knows where it ends: it is whole where its check is right, and nothing else follows
        if len(buffer) < RTU_LIMIT and (len(buffer) < 4 or not _is_right(buffer)):
            return None
        end = len(buffer)
    else:
        end = 1 + inner + 2
    if end > RTU_LIMIT:
        raise RemoteProtocolError(f"{end} octets, not at most {RTU_LIMIT}", rule=_SERIAL, offset=2, seen=buffer[:64])
    if len(buffer) < end:
        return None
    if not _is_right(buffer[:end]):
        raise RemoteProtocolError("the check is wrong", rule=_SERIAL, offset=end - 2, seen=buffer[:64])
    return Frame(buffer[0], buffer[1 : end - 2]), end


def _is_right(frame: bytes) -> bool:
    return crc(frame[:-2]) == int.from_bytes(frame[-2:], "little")


_REQUESTS = {
    **dict.fromkeys((1, 2, 3, 4, 5, 6, codes.DIAGNOSTICS), 5),
    **dict.fromkeys((codes.EXCEPTION_STATUS, codes.EVENT_COUNTER, codes.EVENT_LOG, codes.SERVER_ID), 1),
    codes.MASK_WRITE: 7,
    codes.READ_FIFO: 3,
}
_RESPONSES = {
    **dict.fromkeys((5, 6, codes.WRITE_COILS, codes.WRITE_REGISTERS, codes.DIAGNOSTICS, codes.EVENT_COUNTER), 5),
    codes.EXCEPTION_STATUS: 2,
    codes.MASK_WRITE: 7,
}
_COUNTED = {15: 5, 16: 5, codes.READ_FILE: 1, codes.WRITE_FILE: 1, codes.READ_WRITE: 9}
"""Where a request says how many octets follow."""
_ANSWERS = (1, 2, 3, 4, codes.EVENT_LOG, codes.SERVER_ID, codes.READ_FILE, codes.WRITE_FILE, codes.READ_WRITE)
"""Responses whose second octet says how many follow."""


def _request_size(pdu: bytes) -> int | None:
    """How long a request is, None where that isn't told yet, 0 where it never is. Diagnostics have one word, as all
    but one of them do."""
    function = pdu[0]
    if function in _REQUESTS:
        return _REQUESTS[function]
    if function in _COUNTED:
        at = _COUNTED[function]
        return at + 1 + pdu[at] if len(pdu) > at else None
    if function == codes.ENCAPSULATED:
        return None if len(pdu) < 2 else 4 if pdu[1] == codes.IDENTIFICATION else 0
    return 0


def _response_size(pdu: bytes) -> int | None:
    function = pdu[0]
    if function & 0x80:
        return 2
    if function in _RESPONSES:
        return _RESPONSES[function]
    if function in _ANSWERS:
        return 2 + pdu[1] if len(pdu) > 1 else None
    if function == codes.READ_FIFO:
        return 3 + int.from_bytes(pdu[1:3]) if len(pdu) > 2 else None
    if function == codes.ENCAPSULATED:
        return None if len(pdu) < 2 else _identity_size(pdu) if pdu[1] == codes.IDENTIFICATION else 0
    return 0


def _identity_size(pdu: bytes) -> int | None:
    if len(pdu) < 7:
        return None
    at = 7
    for _ in range(pdu[6]):
        if len(pdu) < at + 2:
            return None
        at += 2 + pdu[at + 1]
    return at
