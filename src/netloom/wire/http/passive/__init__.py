"""HTTP as it passes: heads line by line, bodies by size, HTTP/2 by frames; secrets are dots (RFC 9112, RFC 9113)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.records import Said
from netloom.wire.http.passive import h1
from netloom.wire.http.passive.content import Content
from netloom.wire.http.passive.frames import FrameReader
from netloom.wire.http.passive.messages import MessageReader
from netloom.wire.http.passive.redaction import shown_field, shown_target

if TYPE_CHECKING:
    from netloom.wire.http.passive.content import Explain

_HEAD_LIMIT = 64 * 1024
_REQUEST = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [!-~]+ HTTP/1\.[01]\r?\n")
_HEADERS_3 = b"\x01"
"""How a stream of HTTP/3 begins: neither HTTP/1 nor HTTP/2 do so."""


def is_request(data: bytes) -> bool:
    """Whether a first payload begins with a request line."""
    return _REQUEST.match(data) is not None


class Decoder:
    """Both directions of one connection. It keeps a head of at most 64 KiB a side, and no body.

    `explain` is asked what a whole body of at most 64 KiB says (its sender comes first), where something else is
    carried: only then are bodies kept.
    """

    def __init__(self, explain: Explain | None = None) -> None:
        self._explain = explain
        self._talk = h1.Talk()
        self._sides: dict[str, _Side | MessageReader] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        if sender not in self._sides:
            is_3 = data[:1] == _HEADERS_3
            self._sides[sender] = MessageReader(sender) if is_3 else _Side(sender, self._talk, self._explain)
        return self._sides[sender].feed(data)


class _Side:
    """What one side says, in HTTP/1 and whatever it goes on with."""

    def __init__(self, sender: str, talk: h1.Talk, explain: Explain | None) -> None:
        self._sender = sender
        self._reader = h1.Side(sender, talk, _HEAD_LIMIT)
        self._content = Content(sender, explain)
        self._frames = FrameReader(sender, explain)

    def feed(self, data: bytes) -> list[Said]:
        """What these octets say."""
        said: list[Said] = []
        for event in self._reader.feed(data):
            if isinstance(event, h1.Passed) and event.framed:
                said += self._frames.feed(event.data)
            else:
                words = self._words(event)
                said += [
                    Said(sender=self._sender, words=line, size=0 if number else event.size)
                    for number, line in enumerate(words)
                ]
        return said

    def _words(self, event: h1.Event) -> list[str]:
        if isinstance(event, h1.Head):
            return [shown_target(event.first), *map(shown_field, event.lines)]
        if isinstance(event, h1.Content):
            self._content.add(0, event.content)
            told = [f"{len(event.content)} bytes of the body"] if event.content else []
            return told + (self._content.end(0) if event.ends else [])
        return [f"{event.size} bytes"]
