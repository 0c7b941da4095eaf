"""HTTP/2, replayed: requests and responses as they end, whatever else stands between them (RFC 9113 §4, RFC 7541).

Each frame is a unit. Only those that end a message are waited for: settings, windows and pings depend on who speaks.
"""

from __future__ import annotations

from zlib import crc32

from hpack import Decoder as HpackDecoder
from hpack import HPACKError

from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.part import Unit

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = 9
_DATA, _HEADERS, _CONTINUATION = 0, 1, 9
_END_STREAM, _END_HEADERS, _PADDED, _PRIORITY = 0x01, 0x04, 0x08, 0x20
_KEPT = 256 * 1024


class Frames:
    """One direction."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._buffer = b""
        self._block = b""
        self._hpack: HpackDecoder | None = HpackDecoder(max_header_list_size=_KEPT)
        self._preface = sender == CLIENT
        self._open: dict[int, tuple[str, int]] = {}
        self._ending: set[int] = set()

    def feed(self, data: bytes) -> list[Unit]:
        """The frames that are whole with this piece."""
        self._buffer += data
        found: list[Unit] = []
        if self._preface:
            if len(self._buffer) < len(PREFACE):
                return []
            self._preface = False
            found.append(Unit(self._sender, self._buffer[: len(PREFACE)], None))
            self._buffer = self._buffer[len(PREFACE) :]
        while len(self._buffer) >= _HEAD:
            end = _HEAD + int.from_bytes(self._buffer[:3])
            if len(self._buffer) < end:
                break
            frame, self._buffer = self._buffer[:end], self._buffer[end:]
            found.append(Unit(self._sender, frame, self._gist(frame)))
        return found

    def rest(self) -> bytes:
        """What isn't a whole frame."""
        rest, self._buffer = self._buffer, b""
        return rest

    def _gist(self, frame: bytes) -> str | None:
        """What has been said on a stream, where this frame ends it. A tunnel has no end that is worth waiting for."""
        kind, flags = frame[3], frame[4]
        stream = int.from_bytes(frame[5:9]) & 0x7FFFFFFF
        if kind == _DATA:
            said, content = self._open.get(stream, ("", 0))
            self._open[stream] = said, crc32(frame[_HEAD:], content)
        elif kind in (_HEADERS, _CONTINUATION):
            self._fragment(frame)
            if flags & _END_HEADERS:
                fields = self._fields()
                said, content = self._open.get(stream, ("", 0))
                self._open[stream] = fields or said, content
                if fields.startswith("CONNECT "):
                    return f"{stream} {fields}"
        if kind == _HEADERS and flags & _END_STREAM:
            self._ending.add(stream)
        ends = flags & _END_STREAM if kind == _DATA else stream in self._ending and flags & _END_HEADERS
        if kind not in (_DATA, _HEADERS, _CONTINUATION) or not ends:
            return None
        self._ending.discard(stream)
        said, content = self._open.pop(stream, ("", 0))
        return f"{stream} {said}" if self._sender == CLIENT else f"{stream} {said} {content}"

    def _fragment(self, frame: bytes) -> None:
        """A part of a message's fields."""
        payload, flags = frame[_HEAD:], frame[4]
        if frame[3] == _HEADERS:
            padding = payload[0] if flags & _PADDED and payload else 0
            payload = payload[1 if flags & _PADDED else 0 : len(payload) - padding]
            self._block = payload[5 if flags & _PRIORITY else 0 :]
        else:
            self._block += payload

    def _fields(self) -> str:
        """The fields that count. Where the table is unknown, nothing can be told."""
        block, self._block = self._block[:_KEPT], b""
        if self._hpack is None:
            return ""
        try:
            fields = {_text(name): _text(value) for name, value in self._hpack.decode(block, raw=True)}
        except (HPACKError, ValueError, IndexError):
            self._hpack = None
            return ""
        names = (":method", ":path") if self._sender == CLIENT else (":status", "content-type")
        return " ".join(fields.get(name, "") for name in names).strip()


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("latin-1")
