"""Server-sent events, the passive decoder: HTTP's heads, and each event in words (WHATWG HTML §9.2, RFC 9112)."""

from __future__ import annotations

import re

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire import sse
from netloom.wire.http import passive
from netloom.wire.http.passive import h1

_HEAD_LIMIT = 64 * 1024
_EVENT_LIMIT = 64 * 1024
_SHOWN = 60
_ASKS = re.compile(rb"\naccept:[ \t]*text/event-stream", re.IGNORECASE)


def asks_for_events(data: bytes) -> bool:
    """Whether a first payload is a request for a stream of events."""
    return passive.is_request(data) and _ASKS.search(data) is not None


class Decoder:
    """Both directions of one connection. It keeps a head and an event, of at most 64 KiB each.

    HTTP/2's bodies are told at their end, as far as they are short.
    """

    def __init__(self) -> None:
        self._http = passive.Decoder(self._explain)
        self._answers = _Answers()

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        events = self._answers.feed(data) if sender == "server" else []
        return self._http.feed(sender, data) + [Said(sender=sender, words=words) for words in events]

    def _explain(self, sender: str, body: bytes) -> list[str]:
        """A whole body that HTTP/2 carried."""
        begins = body.startswith((b"data", b"event", b"id", b"retry", b":", b"\xef\xbb\xbf"))
        return _Events().feed(body) if sender == "server" and begins and not self._answers.any else []


class _Answers:
    """The events in the answers of HTTP/1; `any` says whether there was one."""

    def __init__(self) -> None:
        self.any = False
        self._side = h1.Side("server", h1.Talk(), _HEAD_LIMIT)
        self._events: _Events | None = None

    def feed(self, data: bytes) -> list[str]:
        said: list[str] = []
        for event in self._side.feed(data):
            if isinstance(event, h1.Head):
                self.any = True
                kind = event.fields.get("content-type", "").partition(";")[0].strip().lower()
                self._events = _Events() if kind == sse.MEDIA_TYPE else None
            elif isinstance(event, h1.Content) and self._events is not None:
                said += self._events.feed(event.content)
        return said


class _Events:
    """One stream."""

    def __init__(self) -> None:
        self._parser: sse.Parser | None = sse.Parser(_EVENT_LIMIT)

    def feed(self, data: bytes) -> list[str]:
        if self._parser is None:
            return []
        try:
            return [in_words(item) for item in self._parser.feed(data)]
        except RemoteProtocolError as exc:
            self._parser = None
            return [f"no more events in words: {exc.message}"]


def in_words(item: sse.Item) -> str:
    """An event with the beginning of its data, a comment, or a waiting time."""
    if isinstance(item, sse.Retry):
        return f"come back after {item.milliseconds / 1000:g} s"
    if isinstance(item, sse.Comment):
        return f"comment: {_text(item.text)}" if item.text else "still there"
    name = f"event {_text(item.name)}" if item.name != sse.MESSAGE else "event"
    return f"{name}{f', id {_text(item.id)}' if item.id else ''}: {_text(item.data)}"


def _text(text: str) -> str:
    """The beginning of a text, as printable characters."""
    shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")
