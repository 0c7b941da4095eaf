"""HTTP, replayed: requests and responses as units, in HTTP/1 and HTTP/2 (RFC 9112, RFC 9113).

Two requests are loosely the same whose method and target are; two responses whose status, media type and content are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zlib import crc32

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.part import Part, Unit
from netloom.packet.tape.web_frames import Frames
from netloom.wire.http.passive import h1
from netloom.wire.http.passive.h2 import PREFACE

if TYPE_CHECKING:
    from netloom.packet.tape.part import Units

_AUTHORITY = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


class Replay(Part):
    """One connection."""

    def units(self, _: str) -> Units:
        """Requests and responses."""
        return Messages()

    def alpn(self, first: bytes) -> str:
        """HTTP/2 begins with its preface."""
        return "h2" if first.startswith(PREFACE[:3]) else "http/1.1"


class Messages:
    """Both directions of one connection. Once it has become something else, its pieces are waited for by nobody."""

    def __init__(self) -> None:
        self._talk = h1.Talk()
        self._sides = {side: _Side(side, self._talk) for side in (CLIENT, SERVER)}

    def feed(self, sender: str, data: bytes) -> list[Unit]:
        """The messages that are whole with this piece."""
        return self._sides[sender].feed(data)

    def rest(self, sender: str) -> bytes:
        """What isn't whole; a response may end with the connection."""
        rest = self._sides[sender].rest()
        self._sides[sender] = _Side(sender, self._talk)
        return rest


class _Side:
    """What one side says, in HTTP/1 and whatever it goes on with."""

    def __init__(self, sender: str, talk: h1.Talk) -> None:
        self._sender = sender
        self._reader = h1.Side(sender, talk)
        self._frames = Frames(sender)
        self._raw = bytearray()
        self._size = 0
        self._gist = ""
        self._content = 0

    def feed(self, data: bytes) -> list[Unit]:
        self._raw += data
        found: list[Unit] = []
        for event in self._reader.feed(data):
            self._size += event.size
            if isinstance(event, h1.Passed):
                raw = self._cut()
                found += self._frames.feed(raw) if event.framed else [Unit(self._sender, raw, None)]
            elif isinstance(event, h1.Head):
                self._gist = _asked(event) if self._sender == CLIENT else _answered(event)
                self._content = 0
                found += [self._whole()] if event.ends else []
            elif isinstance(event, h1.Content):
                self._content = crc32(event.content, self._content)
                found += [self._whole()] if event.ends else []
        return found

    def rest(self) -> bytes:
        return self._frames.rest() + self._raw

    def _cut(self) -> bytes:
        """The octets of what has become whole."""
        raw = bytes(self._raw[: self._size])
        del self._raw[: self._size]
        self._size = 0
        return raw

    def _whole(self) -> Unit:
        gist = self._gist if self._sender == CLIENT else f"{self._gist} {self._content:08x}"
        return Unit(self._sender, self._cut(), gist)


def _asked(head: h1.Head) -> str:
    target = head.first.partition(" ")[2].partition(" ")[0]
    return f"{head.method} {_AUTHORITY.sub('', target) or '/'}"


def _answered(head: h1.Head) -> str:
    return f"{head.first.partition(' ')[2][:3]} {head.fields.get('content-type', '').lower()}"
