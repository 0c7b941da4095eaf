"""WebSocket, the passive decoder: the handshake, then frame by frame (RFC 6455 §5.2)."""

from __future__ import annotations

import re

from netloom.records import Said
from netloom.wire.websocket import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, Frame, FrameReader

_HEAD_LIMIT = 64 * 1024
_SHOWN = 60
_END = b"\r\n\r\n"
_REQUEST = re.compile(rb"GET ([!-~]+) HTTP/1\.1\r\n")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})([^\r\n]*)")
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_TOLD = re.compile(rb"\r\n(sec-websocket-(?:protocol|extensions)|origin):[ \t]*([^\r\n]*)", re.IGNORECASE)
_OPCODES = {CONTINUED: "continued", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


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
        self._frames = FrameReader(_SHOWN)

    def feed(self, data: bytes, said: list[Said]) -> None:
        for frame in self._frames.feed(data):
            name = _OPCODES.get(frame.opcode, f"opcode {frame.opcode}")
            more = "" if frame.last else ", more to come"
            packed = ", compressed" if frame.compressed else ""
            words = f"{name}{packed}{more}, {frame.size} bytes{_shown(frame)}"
            said.append(Said(sender=self._sender, words=words, size=frame.size))


def _shown(frame: Frame) -> str:
    """The beginning of what a frame says; nothing of what was compressed."""
    if frame.compressed:
        return ""
    if frame.opcode == CLOSE and len(frame.payload) >= 2:
        reason = frame.payload[2:]
        return f": {int.from_bytes(frame.payload[:2], 'big')}{f' {_text(reason)}' if reason else ''}"
    if frame.opcode in (CONTINUED, TEXT) and frame.payload:
        return f": {_text(frame.payload)}{'…' if frame.size > _SHOWN else ''}"
    return ""


def _begins(data: bytes) -> bool:
    return any(data[: len(word)] == word[: len(data)] for word in (b"GET ", b"HTTP/1."))


def _text(raw: bytes) -> str:
    """Bytes as printable text."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in raw.decode(errors="replace"))[:200]
