"""WebSocket's frames as they pass: where each begins, what it carries, within bounds (RFC 6455 §5.2)."""

from __future__ import annotations

import msgspec

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_HEAD = 14


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame. `payload` is its beginning, unmasked; `size` is how long it is in truth."""

    opcode: int
    last: bool
    compressed: bool
    payload: bytes
    size: int


class FrameReader:
    """One side's frames, in pieces of any size. It keeps `kept` bytes of a payload, and never raises."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._head = b""
        self._first = 0
        self._mask = b""
        self._size = self._left = 0
        self._payload = bytearray()
        self._inside = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that became whole."""
        frames: list[Frame] = []
        at = 0
        while at < len(data) or (self._inside and not self._left):
            if not self._inside:
                at = self._begin(data, at)
                continue
            piece = data[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            self._payload += piece[: self._kept - len(self._payload)]
            if not self._left:
                frames.append(self._end())
        return frames

    def _begin(self, data: bytes, at: int) -> int:
        """A frame's head, once it is whole; gives where to go on."""
        head = self._head + data[at : at + _HEAD]
        size = _head_size(head)
        if len(head) < size:
            self._head = head
            return len(data)
        at += size - len(self._head)
        self._head = b""
        self._first = head[0]
        masked, length = head[1] & 0x80, head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(head[2 : 4 if length == 126 else 10], "big")
        self._mask = head[size - 4 : size] if masked else b""
        self._size = self._left = length
        self._inside = True
        return at

    def _end(self) -> Frame:
        payload = bytes(self._payload)
        self._payload.clear()
        self._inside = False
        return Frame(
            opcode=self._first & 0x0F,
            last=bool(self._first & 0x80),
            compressed=bool(self._first & 0x40),
            payload=unmasked(payload, self._mask) if self._mask else payload,
            size=self._size,
        )


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """A payload without its mask, or with it (§5.3)."""
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def _head_size(head: bytes) -> int:
    """How long a frame's head is, as far as it can be told."""
    if len(head) < 2:
        return 2
    length = head[1] & 0x7F
    return 2 + (2 if length == 126 else 8 if length == 127 else 0) + (4 if head[1] & 0x80 else 0)
