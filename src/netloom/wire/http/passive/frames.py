"""HTTP/2 as it passes, in words: each frame in a line, fields in a line each (RFC 9113 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.records import Said
from netloom.wire.http.passive import h2
from netloom.wire.http.passive.content import Content
from netloom.wire.http.passive.redaction import shown_field, shown_target

if TYPE_CHECKING:
    from netloom.wire.http.passive.content import Explain

_NAMES = {
    h2.PRIORITY: "PRIORITY",
    h2.RST_STREAM: "RST_STREAM",
    h2.SETTINGS: "SETTINGS",
    h2.PING: "PING",
    h2.GOAWAY: "GOAWAY",
    h2.WINDOW_UPDATE: "WINDOW_UPDATE",
}
_ERRORS = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip


class FrameReader:
    """One direction of a connection. Bodies are counted, and told where `explain` knows what they say."""

    def __init__(self, sender: str, explain: Explain | None = None) -> None:
        self._sender = sender
        self._side = h2.Side()
        self._content = Content(sender, explain)

    def feed(self, data: bytes) -> list[Said]:
        """What these octets say."""
        return [said for event in self._side.feed(data) for said in self._said(event)]

    def _said(self, event: h2.Event) -> list[Said]:
        words = self._words(event)
        if not words:
            return []
        where = f"stream {event.stream}: " if event.stream else ""
        return [
            Said(sender=self._sender, words=where + line, size=0 if number else _size(event))
            for number, line in enumerate(words)
        ]

    def _words(self, event: h2.Event) -> list[str]:
        if isinstance(event, h2.Data):
            return self._data(event)
        if isinstance(event, h2.Fields):
            end = ", the end" if event.ends else ""
            told = self._content.end(event.stream) if event.ends else []
            return (["PUSH_PROMISE"] if event.promise else _fields(event.fields, end)) + told
        return [_control(event)] if isinstance(event, h2.Control) else []

    def _data(self, event: h2.Data) -> list[str]:
        self._content.add(event.stream, event.content)
        end = ", the end" if event.ends else ""
        told = self._content.end(event.stream) if event.ends and event.last else []
        return ([f"{event.length} bytes of the body{end}"] if event.first else []) + told


def _size(event: h2.Event) -> int:
    """A frame of data is told when it begins, with all that it has."""
    if isinstance(event, h2.Data):
        return h2.HEAD + event.length if event.first else 0
    return event.size


def _fields(fields: list[tuple[str, str]] | None, end: str) -> list[str]:
    if fields is None:
        return [f"fields that can't be read{end}"]
    return [_first(dict(fields)) + end, *(shown_field(f"{n}: {v}") for n, v in fields if not n.startswith(":"))]


def _first(fields: dict[str, str]) -> str:
    if ":status" in fields:
        return shown_target(f"HTTP/2 {fields[':status']}")
    if ":method" in fields:
        return shown_target(f"{fields[':method']} {fields.get(':path', fields.get(':authority', ''))} HTTP/2")
    return "trailers"


def _control(event: h2.Control) -> str:
    name = _NAMES.get(event.kind, f"frame of type {event.kind}")
    if event.kind == h2.SETTINGS and event.acknowledges:
        return f"{name} acknowledged"
    if event.code is None:
        return name
    return f"{name}: {_ERRORS[event.code] if event.code < len(_ERRORS) else event.code}"
