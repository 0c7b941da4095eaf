"""HTTP/2, replayed: requests and responses as they end, whatever else stands between them (RFC 9113 §8).

Each frame is a unit, and each header block. Only those that end a message are waited for: settings, windows and pings
depend on who speaks.
"""

from __future__ import annotations

from zlib import crc32

from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.part import Unit
from netloom.wire.http.passive import h2


class Frames:
    """One direction."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._reader = h2.Side()
        self._raw = bytearray()
        self._size = 0
        self._open: dict[int, tuple[str, int]] = {}

    def feed(self, data: bytes) -> list[Unit]:
        """The units that are whole with this piece."""
        self._raw += data
        found: list[Unit] = []
        for event in self._reader.feed(data):
            self._size += event.size
            gist = self._gist(event)
            if not isinstance(event, h2.Data) or event.last:
                found.append(Unit(self._sender, bytes(self._raw[: self._size]), gist))
                del self._raw[: self._size]
                self._size = 0
        return found

    def rest(self) -> bytes:
        """What isn't a whole frame."""
        return bytes(self._raw)

    def _gist(self, event: h2.Event) -> str | None:
        """What has been said on a stream, where this ends it. A tunnel has no end that is worth waiting for."""
        stream = event.stream
        if isinstance(event, h2.Control) and event.kind == h2.RST_STREAM:
            self._open.pop(stream, None)
        if not isinstance(event, h2.Data | h2.Fields) or (isinstance(event, h2.Fields) and event.promise):
            return None
        said, content = self._open.pop(stream, ("", 0))
        tunnel = False
        if isinstance(event, h2.Data):
            ends = event.ends and event.last
            content = crc32(event.content, content)
        else:
            ends = event.ends
            fields = self._fields(event.fields)
            said, tunnel = fields or said, fields.startswith("CONNECT ")
        if not ends:
            if len(self._open) >= h2.STREAMS:
                del self._open[next(iter(self._open))]
            self._open[stream] = said, content
        if not ends and not tunnel:
            return None
        return f"{stream} {said}" if self._sender == CLIENT else f"{stream} {said} {content}"

    def _fields(self, fields: list[tuple[str, str]] | None) -> str:
        """The fields that count. Where they can't be read, nothing can be told."""
        known = dict(fields or ())
        names = (":method", ":path") if self._sender == CLIENT else (":status", "content-type")
        return " ".join(known.get(name, "") for name in names).strip()
