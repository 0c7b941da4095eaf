"""HTTP as it passes: heads line by line, bodies by size, HTTP/2 by frames; secrets are dots (RFC 9112, RFC 9113)."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from netloom.records import Said
from netloom.wire.http.passive.body import BodyReader, body_of
from netloom.wire.http.passive.content import Content
from netloom.wire.http.passive.frames import PREFACE, FrameReader
from netloom.wire.http.passive.messages import MessageReader
from netloom.wire.http.passive.redaction import shown_field, shown_target

if TYPE_CHECKING:
    from netloom.wire.http.passive.content import Explain

_HEAD_LIMIT = 64 * 1024
_METHODS = 100
_REQUEST = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [!-~]+ HTTP/1\.[01]\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r?\n)")
_BLANK = re.compile(rb"\r?\n\r?\n")
_SETTINGS = 4
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
        self._methods: deque[str] = deque(maxlen=_METHODS)
        self._sides: dict[str, _Side | FrameReader | MessageReader] = {}
        self._is_h2 = False

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        side = self._sides.get(sender)
        if side is None:
            side = self._sides[sender] = self._side(sender, data)
        said = side.feed(data)
        if isinstance(side, _Side) and side.switches:
            # HTTP/2 with prior knowledge: the rest of what came, and all that follows, is frames.
            self._is_h2 = True
            frames = self._sides[sender] = FrameReader(sender, self._explain)
            said += frames.feed(side.rest())
        return said

    def _side(self, sender: str, data: bytes) -> _Side | FrameReader | MessageReader:
        if data[:1] == _HEADERS_3:
            return MessageReader(sender)
        begins_with_settings = sender == "server" and len(data) > 3 and data[3] == _SETTINGS and data[:1] == b"\0"
        if self._is_h2 or begins_with_settings:
            return FrameReader(sender, self._explain)
        return _Side(sender, self._methods, Content(sender, self._explain))


class _Side:
    """What one side says in HTTP/1."""

    def __init__(self, sender: str, methods: deque[str], content: Content) -> None:
        self._sender = sender
        self._content = content
        self._methods = methods
        self._buffer = b""
        self._searched = 0
        self._body: BodyReader | None = None
        self._lost = False
        self.switches = False

    def feed(self, data: bytes) -> list[Said]:
        self._buffer += data
        said: list[Said] = []
        while self._buffer and not self.switches:
            if self._lost:
                said.append(self._say(f"{len(self._buffer)} bytes", len(self._buffer)))
                self._buffer = b""
            elif self._body is not None:
                taken, content = self._body.take(self._buffer)
                self._buffer = self._buffer[taken:]
                self._content.add(0, content)
                if content:
                    said.append(self._say(f"{len(content)} bytes of the body", taken))
                if self._body.done:
                    said += [self._say(words, 0) for words in self._content.end(0)]
                if not self._body.done and not taken:
                    break
                self._body = None if self._body.done else self._body
            elif not self._head(said):
                break
        return said

    def rest(self) -> bytes:
        """What came and isn't HTTP/1."""
        rest, self._buffer = self._buffer, b""
        return rest

    def _head(self, said: list[Said]) -> bool:
        """One head, where it is whole."""
        if self._sender == "client" and PREFACE.startswith(self._buffer[: len(PREFACE)]):
            self.switches = len(self._buffer) >= len(PREFACE)
            return False
        # What was searched before isn't searched again: heads may come in crumbs
        end = _BLANK.search(self._buffer, max(0, self._searched - 3))
        if end is None:
            self._searched = len(self._buffer)
            self._lost = len(self._buffer) > _HEAD_LIMIT or not self._may_begin()
            return self._lost
        self._searched = 0
        head, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
        lines = head.decode("latin-1").replace("\r\n", "\n").lstrip("\n").split("\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        said.append(self._say(self._first(lines[0]), len(head) + 4))
        said += [self._say(shown_field(line), 0) for line in lines[1:]]
        self._expect(lines[0], fields)
        return True

    def _may_begin(self) -> bool:
        start = self._buffer[:64].lstrip(b"\r\n")[:16]
        if self._sender == "server":
            return b"HTTP/1.".startswith(start[:7]) or start.startswith(b"HTTP/1.")
        return re.match(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+( |$)", start) is not None or len(start) < 16

    def _first(self, line: str) -> str:
        return shown_target(line)

    def _expect(self, first: str, fields: dict[str, str]) -> None:
        """What follows the head (RFC 9112 §6.3)."""
        if self._sender == "client":
            method = first.partition(" ")[0]
            self._methods.append(method)
            self._body = body_of(fields, is_request=True)
            return
        found = _STATUS.match(first.encode("latin-1") + b"\r\n")
        if found is None:
            self._lost = True
            return
        status = int(found[1])
        method = self._methods.popleft() if self._methods and (status >= 200 or status == 101) else ""
        if status == 101 or (method == "CONNECT" and status < 300):
            self._lost = True  # from here on another protocol is spoken
        elif status >= 200 and status not in (204, 304) and method != "HEAD":
            self._body = body_of(fields, is_request=False)

    def _say(self, words: str, size: int) -> Said:
        return Said(sender=self._sender, words=words, size=size)
