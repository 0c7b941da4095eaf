"""WebSocket, replayed: the handshake, then frames without their masks; pings are answered (RFC 6455 §5)."""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from hashlib import sha1
from typing import ClassVar

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Buffered
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.websocket import CLOSE, PING, PONG, unmasked

_KEY = re.compile(rb"\r\nsec-websocket-key:[ \t]*([^\r\n]*)", re.IGNORECASE)
_ACCEPT = re.compile(rb"(\r\nsec-websocket-accept:[ \t]*)[^\r\n]*", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3
_TAIL = b"\0\0\xff\xff"  # RFC 7692 §7.2.2
_INFLATED = 64 << 20
"""Octets that a compressed frame may become."""


def is_handshake(first: bytes) -> bool:
    """Whether a client that begins so asks for a WebSocket, in HTTP/1.1."""
    return first.startswith(b"GET ") and _UPGRADE.search(first) is not None


class Replay(Part):
    """One connection."""

    adapts: ClassVar[frozenset[str]] = frozenset({CLIENT, SERVER})

    def __init__(self) -> None:
        self._key = b""

    def units(self, _: str) -> Units:
        """Two heads, then frames."""
        return _Units()

    def alpn(self, _: bytes) -> str:
        """The handshake is HTTP/1.1's."""
        return "http/1.1"

    def met(self, _: Unit, heard: Unit) -> None:
        """The key that has to be answered."""
        found = _KEY.search(heard.data) if heard.about == "head" else None
        self._key = found[1].strip() if found else self._key

    def adapt(self, unit: Unit) -> bytes:
        """The handshake's answer to the key that was heard."""
        if unit.about != "head" or unit.sender == CLIENT or not self._key:
            return unit.data
        accept = b64encode(sha1(self._key + _MAGIC, usedforsecurity=False).digest())
        return _ACCEPT.sub(lambda found: found[1] + accept, unit.data, count=1)

    def aside(self, unit: Unit) -> bytes:
        """A pong for a ping, with the same payload; a client's is masked, with nothing, as its peer doesn't mind."""
        opcode: int = unit.about[0]
        payload: bytes = unit.about[1]
        if opcode != PING:
            return b""
        mask = b"\0\0\0\0" if unit.sender == SERVER else b""
        return bytes([0x80 | PONG, len(payload) | (0x80 if mask else 0)]) + mask + payload


class _Units(Buffered):
    def __init__(self) -> None:
        super().__init__()
        self._heads = {CLIENT, SERVER}
        self._inflaters = {side: zlib.decompressobj(-zlib.MAX_WBITS) for side in (CLIENT, SERVER)}
        self._compressed = {CLIENT: False, SERVER: False}

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        if sender in self._heads:
            head = self.until(sender, b"\r\n\r\n")
            if head is None:
                return 0
            self._heads.discard(sender)
            words = head.decode("latin-1").split("\r\n")[0].split(" ")
            return Unit(sender, head, " ".join(words[:2]), "head")
        size = _head_size(buffer)
        if len(buffer) < size:
            return size
        length = buffer[1] & 127
        end = size + (length if length < 126 else int.from_bytes(buffer[2 : 4 if length == 126 else 10]))
        return self._frame(sender, bytes(buffer[:end]), size) if len(buffer) >= end else end

    def _frame(self, sender: str, data: bytes, size: int) -> Unit:
        payload = data[size:]
        if data[1] & 0x80:
            payload = unmasked(payload, data[size - 4 : size])
        opcode, last = data[0] & 15, bool(data[0] & 0x80)
        if opcode in (PING, PONG):
            return Unit(sender, data, None, (opcode, payload))
        if opcode == CLOSE:
            return Unit(sender, data, f"{opcode} {payload[:2].hex()}", (opcode, payload))
        if opcode:
            self._compressed[sender] = bool(data[0] & 0x40)
        if self._compressed[sender]:
            payload = self._inflated(sender, payload, last=last)
        return Unit(sender, data, f"{opcode} {last} {payload!r}", (opcode, payload))

    def _inflated(self, sender: str, payload: bytes, *, last: bool) -> bytes:
        """What was compressed (RFC 7692); what can't be undone stays as it is."""
        try:
            return self._inflaters[sender].decompress(payload + (_TAIL if last else b""), _INFLATED)
        except zlib.error:
            return payload


def _head_size(head: bytearray) -> int:
    """How long a frame's head is, as far as it can be told."""
    if len(head) < 2:
        return 2
    length = head[1] & 127
    return 2 + (2 if length == 126 else 8 if length == 127 else 0) + (4 if head[1] & 0x80 else 0)
