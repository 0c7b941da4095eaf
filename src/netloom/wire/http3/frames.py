"""HTTP/3's frames on one stream, as they come (RFC 9114 §7)."""

from __future__ import annotations

from netloom.wire.http3 import varint
from netloom.wire.http3.codes import Code, Http3Error

DATA, HEADERS, CANCEL_PUSH, SETTINGS, PUSH_PROMISE, GOAWAY, MAX_PUSH_ID = 0x0, 0x1, 0x3, 0x4, 0x5, 0x7, 0xD
_KEPT = frozenset((HEADERS, CANCEL_PUSH, SETTINGS, PUSH_PROMISE, GOAWAY, MAX_PUSH_ID))
_HTTP2 = frozenset((0x2, 0x6, 0x8, 0x9))
_HEADER = 16  # two integers at most


def emit(kind: int, payload: bytes) -> bytes:
    """One frame."""
    return varint.emit(kind) + varint.emit(len(payload)) + payload


class Frames:
    """The frames of one direction of a stream.

    DATA is given in pieces as they come, a frame that has a meaning once it is whole, and one that has none (RFC 9114
    §9) never: its payload isn't kept. `limit` bounds the payload of a whole frame; `empty` counts frames that carry
    nothing; `held` is how many bytes wait for the rest of their frame.
    """

    __slots__ = ("_buffer", "_kind", "_left", "_limit", "empty")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._kind = -1  # of the frame that has begun
        self._left = 0
        self.empty = 0

    @property
    def held(self) -> int:
        return len(self._buffer)

    @property
    def between(self) -> bool:
        """Whether no frame has begun that isn't at its end."""
        return self._kind < 0 and not self._buffer

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """What this piece brings: kinds with their payloads. Raises Http3Error."""
        found: list[tuple[int, bytes]] = []
        if self._buffer:
            self._buffer += data
            if self._kind >= 0 and len(self._buffer) < self._left:
                return found
            data = bytes(self._buffer)
            self._buffer.clear()
        at, size = 0, len(data)
        while True:
            if self._kind < 0:
                begun = self._begin(data, at)
                if begun < 0:
                    self._buffer += data[at : at + _HEADER]
                    return found
                at = begun
            kind, left = self._kind, self._left
            if kind in _KEPT:
                if size - at < left:
                    self._buffer += data[at:]
                    return found
                found.append((kind, data[at : at + left]))
                at += left
                self._kind = -1
                continue
            taken = min(left, size - at)
            if kind == DATA and (taken or not left):
                found.append((kind, data[at : at + taken]))
            at += taken
            self._left = left - taken
            if self._left:
                return found
            self._kind = -1

    def _begin(self, data: bytes, at: int) -> int:
        """A frame begins at an offset: where its payload does, or -1 while that can't be told."""
        kind = varint.parse(data, at)
        length = varint.parse(data, kind[1]) if kind is not None else None
        if kind is None or length is None:
            return -1
        if kind[0] in _HTTP2:
            raise Http3Error(Code.FRAME_UNEXPECTED, f"a frame of HTTP/2 (type {kind[0]})", "RFC 9114 §7.2.8")
        if kind[0] in _KEPT and length[0] > self._limit:
            raise Http3Error(Code.EXCESSIVE_LOAD, f"a frame of {length[0]} bytes", "RFC 9114 §10.5")
        self._kind, self._left = kind[0], length[0]
        self.empty += (kind[0] == DATA and not length[0]) or (kind[0] not in _KEPT and kind[0] != DATA)
        return length[1]
