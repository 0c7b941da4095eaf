"""HTTP/3 as it passes, one request and its answer: each frame in words, its fields undone from QPACK (RFC 9114 §4)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.http.passive.redaction import shown_field, shown_target
from netloom.wire.http3 import frames, qpack

_KEPT = 64 * 1024


class MessageReader:
    """One direction of one stream, free of QUIC. It keeps one frame of at most 64 KiB, and no body."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._frames = frames.Frames(_KEPT)
        self._lost = False

    def feed(self, data: bytes) -> list[Said]:
        """What these octets say."""
        if not self._lost:
            try:
                found = self._frames.feed(data)
            except RemoteProtocolError:
                self._lost = True
            else:
                return [self._say(words, size) for kind, payload in found for words, size in self._words(kind, payload)]
        return [self._say(f"{len(data)} bytes", len(data))]

    def _words(self, kind: int, payload: bytes) -> list[tuple[str, int]]:
        size = len(payload)
        if kind == frames.DATA:
            return [(f"{size} bytes of the body", size)] if size else []
        if kind != frames.HEADERS:
            return [(f"frame of type {kind}", size)]
        try:
            fields = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in qpack.parse(payload, _KEPT)]
        except RemoteProtocolError:
            return [("fields that can't be read", size)]
        lines = [shown_field(f"{name}: {value}") for name, value in fields if not name.startswith(":")]
        return [(_first(dict(fields)), size), *((line, 0) for line in lines)]

    def _say(self, words: str, size: int) -> Said:
        return Said(sender=self._sender, words=words, size=size)


def _first(fields: dict[str, str]) -> str:
    if ":status" in fields:
        return shown_target(f"HTTP/3 {fields[':status']}")
    if ":method" in fields:
        return shown_target(f"{fields[':method']} {fields.get(':path', fields.get(':authority', ''))} HTTP/3")
    return "trailers"
