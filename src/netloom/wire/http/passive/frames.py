"""HTTP/2 as it passes: each frame in words, its fields undone from HPACK (RFC 9113 §4, §6, RFC 7541)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpack import Decoder as HpackDecoder
from hpack import HPACKError

from netloom.records import Said
from netloom.wire.http.passive.content import Content
from netloom.wire.http.passive.redaction import shown_field, shown_target

if TYPE_CHECKING:
    from netloom.wire.http.passive.content import Explain

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

_NAMES = {
    2: "PRIORITY",
    3: "RST_STREAM",
    4: "SETTINGS",
    5: "PUSH_PROMISE",
    6: "PING",
    7: "GOAWAY",
    8: "WINDOW_UPDATE",
}
_ERRORS = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip
_DATA, _HEADERS, _CONTINUATION = 0, 1, 9
_END_STREAM, _END_HEADERS, _PADDED, _PRIORITY = 0x01, 0x04, 0x08, 0x20
_KEPT = 64 * 1024


class FrameReader:
    """One direction of a connection. It keeps one frame of at most 64 KiB; longer ones are only counted.

    Bodies are counted, too, unless `explain` is there to tell what they say.
    """

    def __init__(self, sender: str, explain: Explain | None = None) -> None:
        self._sender = sender
        self._content = Content(sender, explain)
        self._keeps = explain is not None
        self._buffer = b""
        self._skip = 0
        self._block = b""
        self._hpack: HpackDecoder | None = HpackDecoder(max_header_list_size=_KEPT)

    def feed(self, data: bytes) -> list[Said]:
        """What these octets say."""
        if self._skip:
            taken = min(self._skip, len(data))
            self._skip -= taken
            data = data[taken:]
        self._buffer += data
        if self._buffer.startswith(PREFACE):
            self._buffer = self._buffer[len(PREFACE) :]
        elif self._sender == "client" and PREFACE.startswith(self._buffer):
            return []
        said: list[Said] = []
        while len(self._buffer) >= 9:
            size = int.from_bytes(self._buffer[:3], "big")
            kind, flags = self._buffer[3], self._buffer[4]
            stream = int.from_bytes(self._buffer[5:9], "big") & 0x7FFFFFFF
            known = (kind == _DATA and not self._keeps) or size > _KEPT
            if not known and len(self._buffer) < 9 + size:
                break
            payload = b"" if known else self._buffer[9 : 9 + size]
            self._skip = max(0, 9 + size - len(self._buffer)) if known else 0
            self._buffer = self._buffer[9 + size :]
            words = self._words(kind, flags, payload, size)
            where = f"stream {stream}: " if stream else ""
            said += [
                Said(sender=self._sender, words=where + line, size=9 + size if not number else 0)
                for number, line in enumerate(words)
            ]
            said += [Said(sender=self._sender, words=where + line) for line in self._said(kind, flags, stream, payload)]
        return said

    def _said(self, kind: int, flags: int, stream: int, payload: bytes) -> list[str]:
        """What a body says that ends here."""
        if kind == _DATA:
            padding = payload[0] if flags & _PADDED and payload else 0
            self._content.add(stream, payload[1 if flags & _PADDED else 0 : len(payload) - padding])
        return self._content.end(stream) if kind in (_DATA, _HEADERS) and flags & _END_STREAM else []

    def _words(self, kind: int, flags: int, payload: bytes, size: int) -> list[str]:
        end = ", the end" if flags & _END_STREAM and kind in (_DATA, _HEADERS) else ""
        if kind == _DATA:
            return [f"{size} bytes of the body{end}"]
        if kind in (_HEADERS, _CONTINUATION):
            return self._fields(kind, flags, payload, end)
        name = _NAMES.get(kind, f"frame of type {kind}")
        if kind == 4 and flags & 1:
            return ["SETTINGS acknowledged"]
        if kind in (3, 7) and len(payload) >= (4 if kind == 3 else 8):
            code = int.from_bytes(payload[:4] if kind == 3 else payload[4:8], "big")
            return [f"{name}: {_ERRORS[code] if code < len(_ERRORS) else code}"]
        return [name]

    def _fields(self, kind: int, flags: int, payload: bytes, end: str) -> list[str]:
        if kind == _HEADERS:
            padding = payload[0] if flags & _PADDED and payload else 0
            payload = payload[1 if flags & _PADDED else 0 : len(payload) - padding]
            self._block = payload[5 if flags & _PRIORITY else 0 :]
        else:
            self._block += payload
        if not flags & _END_HEADERS:
            if len(self._block) > _KEPT:
                self._block, self._hpack = b"", None
            return []
        block, self._block = self._block, b""
        if self._hpack is None:
            return [f"fields that can't be read{end}"]
        try:
            fields = [(_text(name), _text(value)) for name, value in self._hpack.decode(block, raw=True)]
        except (HPACKError, ValueError, IndexError):
            self._hpack = None  # its table is unknown from here on
            return [f"fields that can't be read{end}"]
        return [_first(dict(fields)) + end, *(shown_field(f"{n}: {v}") for n, v in fields if not n.startswith(":"))]


def _first(fields: dict[str, str]) -> str:
    if ":status" in fields:
        return f"HTTP/2 {fields[':status']}"
    if ":method" in fields:
        return shown_target(f"{fields[':method']} {fields.get(':path', fields.get(':authority', ''))} HTTP/2")
    return "trailers"


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("latin-1")
