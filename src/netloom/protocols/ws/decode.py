"""WebSocket, the passive decoder: the handshake, then frame by frame (RFC 6455 §5.2)."""

from __future__ import annotations

import re
import struct

from netloom.records import Said

_HEAD_LIMIT = 64 * 1024
_SHOWN = 60
_END = b"\r\n\r\n"
_REQUEST = re.compile(rb"GET ([!-~]+) HTTP/1\.1\r\n")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})([^\r\n]*)")
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_TOLD = re.compile(rb"\r\n(sec-websocket-(?:protocol|extensions)|origin):[ \t]*([^\r\n]*)", re.IGNORECASE)
_OPCODES = {0: "continued", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


def is_handshake(data: bytes) -> bool:
    """Whether a first payload asks for a WebSocket."""
    return _REQUEST.match(data) is not None and _UPGRADE.search(data) is not None


class Decoder:
    """Both directions of one connection. Of each frame 60 bytes are kept, and no query, as it may hold a secret."""

    def __init__(self) -> None:
        self._sides: dict[str, _Head | _Frames | None] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        said: list[Said] = []
        side = self._sides.setdefault(sender, _Head(sender))
        if isinstance(side, _Head):
            rest = side.feed(data, said)
            if rest is None:
                return said
            side = self._sides[sender] = _Frames(sender) if side.switches else None
            data = rest
        if side is None:
            if data:
                said.append(Said(sender=sender, words=f"{len(data)} bytes that are no WebSocket", size=len(data)))
        elif data:
            side.feed(data, said)
        return said


class _Head:
    """One side's part of the handshake."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._buffer = b""
        self.switches = False

    def feed(self, data: bytes, said: list[Said]) -> bytes | None:
        """What follows the head, once it is whole or can't be one."""
        self._buffer += data
        end = self._buffer.find(_END) + 4
        if end == 3:
            if len(self._buffer) < _HEAD_LIMIT and _begins(self._buffer):
                return None
            rest, self._buffer = self._buffer, b""
            return rest
        head, rest = self._buffer[:end], self._buffer[end:]
        self._buffer = b""
        words = self._words(head)
        if words is None:
            return head + rest
        said.append(Said(sender=self._sender, words=words, size=end))
        return rest

    def _words(self, head: bytes) -> str | None:
        told = "".join(f" · {_text(name.lower())}: {_text(value)}" for name, value in _TOLD.findall(head))
        asked = _REQUEST.match(head)
        if asked is not None:
            path, mark, _ = asked[1].partition(b"?")
            self.switches = _UPGRADE.search(head) is not None
            what = "open a WebSocket at" if self.switches else "GET"
            return f"{what} {_text(path)}{'?…' if mark else ''}{told}"
        answered = _STATUS.match(head)
        if answered is None:
            return None
        self.switches = answered[1] == b"101"
        return f"{_text(answered[1] + answered[2])}{told}"


class _Frames:
    """One side's frames."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._head = b""
        self._left = 0
        self._payload = b""
        self._words = ""
        self._size = 0
        self._opcode = 0
        self._mask = b""

    def feed(self, data: bytes, said: list[Said]) -> None:
        while data:
            data = self._take(data) if self._words else self._begin(data)
            if self._words and not self._left:
                said.append(Said(sender=self._sender, words=self._words + self._shown(), size=self._size))
                self._words = ""

    def _begin(self, data: bytes) -> bytes:
        """A frame's header, once it is whole; gives what follows."""
        before = len(self._head)
        head = self._head + data[:14]
        size = _header_size(head)
        if len(head) < size:
            self._head = head
            return data[len(head) - before :]
        length = head[1] & 0x7F
        if length >= 126:
            (length,) = struct.unpack_from("!H" if length == 126 else "!Q", head, 2)
        self._opcode = head[0] & 0x0F
        self._mask = head[size - 4 : size] if head[1] & 0x80 else b""
        self._left = self._size = length
        self._payload = self._head = b""
        name = _OPCODES.get(self._opcode, f"opcode {self._opcode}")
        more = "" if head[0] & 0x80 else ", more to come"
        packed = ", compressed" if head[0] & 0x40 else ""
        self._words = f"{name}{packed}{more}, {length} bytes"
        if head[0] & 0x40:
            self._opcode = -1  # what was compressed isn't shown
        return data[size - before :]

    def _take(self, data: bytes) -> bytes:
        piece = data[: self._left]
        self._left -= len(piece)
        if len(self._payload) < _SHOWN:
            self._payload = (self._payload + piece)[:_SHOWN]
        return data[len(piece) :]

    def _shown(self) -> str:
        payload = (
            bytes(byte ^ self._mask[at % 4] for at, byte in enumerate(self._payload)) if self._mask else self._payload
        )
        if self._opcode == 8 and len(payload) >= 2:
            reason = payload[2:].decode(errors="replace")
            return f": {int.from_bytes(payload[:2], 'big')}{f' {_text(reason.encode())}' if reason else ''}"
        if self._opcode in (0, 1) and payload:
            return f": {_text(payload)}{'…' if self._size > _SHOWN else ''}"
        return ""


def _begins(data: bytes) -> bool:
    return any(data[: len(word)] == word[: len(data)] for word in (b"GET ", b"HTTP/1."))


def _header_size(head: bytes) -> int:
    if len(head) < 2:
        return 2
    length = head[1] & 0x7F
    return 2 + (2 if length == 126 else 8 if length == 127 else 0) + (4 if head[1] & 0x80 else 0)


def _text(raw: bytes) -> str:
    """Bytes as printable text."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in raw.decode(errors="replace"))[:200]
