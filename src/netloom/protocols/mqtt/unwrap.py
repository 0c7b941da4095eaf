"""What passes inside a WebSocket, seen from outside: its head in a line, then the bytes of its messages (RFC 6455)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_LIMIT = 64 * 1024
_END = b"\r\n\r\n"
_REQUEST = re.compile(rb"GET ([!-~]+) HTTP/1\.1\r\n")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})([^\r\n]{0,80})")
_DATA = (0, 1, 2)
_FRAME_HEAD = 14


class Unwrapper:
    """One side. What doesn't begin as HTTP passes as it is; of a frame no more than its head is kept."""

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._framed = False
        self._frame = b""
        self._left = 0
        self._mask = b""
        self._at = 0
        self._data = False

    def feed(self, data: bytes) -> Iterator[bytes | str]:
        """Bytes that were carried, and words about the rest."""
        if self._head is not None:
            head = self._head + data
            if not self._framed and not (b"GET ".startswith(head[:4]) or b"HTTP".startswith(head[:4])):
                self._head, data = None, head
            else:
                end = head.find(_END)
                if end < 0 and len(head) < _HEAD_LIMIT:
                    self._head = head
                    return
                said = _words(head[: end + 4]) if end >= 0 else ""
                self._head, self._framed = None, said.startswith(("open", "101"))
                data = head[end + 4 :] if said else head
                if said:
                    yield said
        if not self._framed:
            if data:
                yield data
            return
        yield from self._frames(data)

    def _frames(self, data: bytes) -> Iterator[bytes]:
        data, at = self._frame + data, 0
        self._frame = b""
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                if self._data:
                    yield self._unmasked(piece)
                continue
            taken = self._begin(data[at : at + _FRAME_HEAD])
            if not taken:
                self._frame = data[at:]
                return
            at += taken

    def _begin(self, head: bytes) -> int:
        """How long a frame's head is, once it is whole; and what the frame carries (RFC 6455 §5.2)."""
        if len(head) < 2:
            return 0
        size = head[1] & 127
        extended = 2 if size == 126 else 8 if size == 127 else 0
        end = 2 + extended + (4 if head[1] & 128 else 0)
        if len(head) < end:
            return 0
        self._left = int.from_bytes(head[2 : 2 + extended], "big") if extended else size
        self._mask = head[2 + extended : end]
        self._at = 0
        self._data = head[0] & 15 in _DATA
        return end

    def _unmasked(self, piece: bytes) -> bytes:
        if not self._mask:
            return piece
        turned = self._at % 4
        mask = self._mask[turned:] + self._mask[:turned]
        self._at += len(piece)
        repeated = (mask * (len(piece) // 4 + 1))[: len(piece)]
        return (int.from_bytes(piece, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(piece), "big")


def _words(head: bytes) -> str:
    """A request or an answer in words; empty where it is neither."""
    asked = _REQUEST.match(head)
    if asked is not None:
        return f"open a WebSocket at {asked[1].partition(b'?')[0][:200].decode('ascii', 'replace')}"
    answered = _STATUS.match(head)
    if answered is None:
        return ""
    said = (answered[1] + answered[2]).decode("ascii", "backslashreplace")
    return said if said.isprintable() else said.encode("unicode_escape").decode("ascii")
