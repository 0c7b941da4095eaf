"""Socket.IO, the passive decoder: HTTP's heads, and each packet in words, polled or in a WebSocket (Socket.IO 5)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire import websocket
from netloom.wire.http import passive
from netloom.wire.socketio import engine, packets
from netloom.wire.socketio.engine import Kind

_KEPT = 64 * 1024
_SHOWN = 60
_LISTED = 50
_ASKS = re.compile(rb"(?:GET|POST) [!-~]*[?&]EIO=4(?:&| )")
_SWITCHES = b"HTTP/1.1 101 "
_END = b"\r\n\r\n"
_HEAD_LIMIT = 64 * 1024
_DOTS = "•••"
_SID = re.compile(r"([?&]sid=)[^&\s]+")
_HIDDEN = rf"\1{_DOTS}"
"""Whoever knows a session's id is in it."""


def asks_for_a_session(data: bytes) -> bool:
    """Whether a first payload is one of Engine.IO's requests."""
    return _ASKS.match(data) is not None


class Decoder:
    """Both directions of one connection. Of a message 64 KiB are kept, and no secret is shown."""

    def __init__(self) -> None:
        self._http = passive.Decoder(_explain)
        self._sides = {"client": _Side(), "server": _Side()}
        self._switched = False
        self._head = b""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        if self._switched:
            return self._frames(sender, data)
        rest = self._after_switch(data) if sender == "server" else None
        self._switched = rest is not None
        said = self._http.feed(sender, data[: len(data) - len(rest)] if rest else data)
        said = [msgspec.structs.replace(one, words=_SID.sub(_HIDDEN, one.words)) for one in said]
        return said + self._frames(sender, rest or b"")

    def _after_switch(self, data: bytes) -> bytes | None:
        """What follows the head by which a server goes over to a WebSocket, once that is whole."""
        before, head = len(self._head), self._head + data
        self._head = b""
        if not _SWITCHES.startswith(head[: len(_SWITCHES)]):
            return None
        end = head.find(_END)
        if end < 0:
            self._head = head if len(head) < _HEAD_LIMIT else b""
            return None
        return data[end + len(_END) - before :]

    def _frames(self, sender: str, data: bytes) -> list[Said]:
        return [Said(sender=sender, words=words, size=size) for words, size in self._sides[sender].feed(data)]


class _Side:
    """One side's WebSocket."""

    def __init__(self) -> None:
        self._frames = websocket.FrameReader(_KEPT)
        self._opcode = 0
        self._message = b""
        self._size = 0

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """What was said, and in how many bytes."""
        said = []
        for frame in self._frames.feed(data):
            if frame.opcode >= websocket.CLOSE:
                said.append((_control(frame), frame.size))
                continue
            if frame.opcode != websocket.CONTINUED:
                self._opcode, self._message, self._size = frame.opcode, b"", 0
            self._message += frame.payload[: _KEPT - len(self._message)]
            self._size += frame.size
            if frame.last:
                said.append((self._words(compressed=frame.compressed), self._size))
                self._message = b""
        return said

    def _words(self, *, compressed: bool) -> str:
        if compressed or self._opcode == websocket.BINARY:
            return f"{'compressed' if compressed else 'an attachment'}, {self._size} bytes"
        return _in_words(self._message.decode("utf-8", "replace"), whole=self._size <= _KEPT)


def _explain(sender: str, body: bytes) -> list[str]:
    """The packets of a payload."""
    if body == b"ok":
        return []
    try:
        found = engine.parse_payload(body)
    except RemoteProtocolError:
        return []
    said = [_packet(packet) for packet in found[:_LISTED]]
    return said + ([f"and {len(found) - _LISTED} more packets"] if len(found) > _LISTED else [])


def _in_words(message: str, *, whole: bool) -> str:
    try:
        return _packet(engine.parse(message)) if whole else f"{message[:1]}: {len(message)} characters and more"
    except RemoteProtocolError:
        return f"no packet: {_text(message)}"


def _packet(packet: engine.Packet) -> str:
    """A packet of Engine.IO."""
    if packet.kind is Kind.MESSAGE:
        if isinstance(packet.data, bytes):
            return f"an attachment, {len(packet.data)} bytes"
        return _event(packet.data)
    if packet.kind is Kind.OPEN:
        try:
            handshake = engine.parse_handshake(packet.data)
        except RemoteProtocolError:
            return "a handshake that is none"
        upgrades = ", ".join(map(_text, handshake.upgrades[:4]))
        beat = f"heartbeat {handshake.ping_interval / 1000:g} + {handshake.ping_timeout / 1000:g} s"
        return f"session {_DOTS} · {beat}{f' · or {upgrades}' if upgrades else ''}"
    said = f" {_text(str(packet.data))}" if packet.data else ""
    return f"{_WORDS[packet.kind]}{said}"


def _event(text: str) -> str:
    """A packet of Socket.IO; attachments follow."""
    try:
        reader = packets.Reader()
        packet = reader.feed(text)
    except RemoteProtocolError as exc:
        return f"no packet: {exc.message}: {_text(text)}"
    if packet is None:
        return f"event with attachments: {_text(text.partition('-')[2])}"
    where = f" {_text(packet.namespace)}" if packet.namespace != packets.ROOT else ""
    number = f", id {packet.id}" if packet.id is not None else ""
    kind, data = packet.kind, packet.data
    if kind is packets.Kind.EVENT:
        return f"event{where} {_text(str(data[0]))}{number}: {_shown(data[1:])}"
    if kind is packets.Kind.ACK:
        return f"acknowledged{where}{number}: {_shown(data)}"
    if kind is packets.Kind.CONNECT:
        # What a client shows to be let in, or the id of what it got.
        told = ", ".join(f"{_text(str(name))} {_DOTS}" for name in list(data or ())[:8])
        return f"connect{where}{f' · {told}' if told else ''}"
    if kind is packets.Kind.CONNECT_ERROR:
        return f"refused{where}: {_shown(data)}"
    return f"disconnect{where}"


def _control(frame: websocket.Frame) -> str:
    if frame.opcode == websocket.CLOSE:
        code = int.from_bytes(frame.payload[:2], "big") if len(frame.payload) >= 2 else ""
        return f"close {code} {_text(frame.payload[2:].decode('utf-8', 'replace'))}".rstrip()
    return {websocket.PING: "WebSocket ping", websocket.PONG: "WebSocket pong"}.get(
        frame.opcode, f"frame of kind {frame.opcode}"
    )


def _shown(data: Any) -> str:
    return _text(msgspec.json.encode(data).decode())


def _text(text: str) -> str:
    """The beginning of a text, as printable characters."""
    shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")


_WORDS = {
    Kind.CLOSE: "close the session",
    Kind.PING: "are you there?",
    Kind.PONG: "I am",
    Kind.UPGRADE: "from here on, this way",
    Kind.NOOP: "nothing",
}
