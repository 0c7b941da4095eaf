"""HTTP/1 as it passes, one side of it: heads and bodies, until something else is spoken (RFC 9112).

Every connection of HTTP begins here: where it is HTTP/2's, or becomes that, its octets are passed on (RFC 9113 §3).
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct, field

from netloom.wire.http.passive.body import body_of
from netloom.wire.http.passive.h2 import PREFACE, SETTINGS

if TYPE_CHECKING:
    from netloom.wire.http.passive.body import BodyReader

HEAD_LIMIT = 256 * 1024
"""Octets of a head; what has no end by then isn't HTTP/1."""
_METHODS = 1000
"""Requests that wait for their responses; of older ones it is forgotten what they asked for."""
_NO_LINE_END = re.compile(rb"[^\r\n]")
_BLANK = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}(?: |\Z)|\Z")
_STATUS = re.compile(r"HTTP/1\.[01] ([1-9][0-9]{2})(?: |\Z)")
_VERSION = b"HTTP/1."


class Event(Struct, frozen=True):
    """What a side said, in the `size` octets after the event before."""

    size: int


class Head(Event, frozen=True):
    """A head: its `first` line, the others as they came, and by names in lower case. `ends`: there is no body.

    `method` is the request's, also at its response, where it is known. `status` is 0 at a request, and where a response
    has none that could be read. `endless`: its body ends with the connection.
    """

    first: str
    lines: list[str]
    fields: dict[str, str]
    method: str
    status: int
    ends: bool
    endless: bool


class Content(Event, frozen=True):
    """The next octets of a body, and what of them is content. `ends`: that was its end."""

    content: bytes
    ends: bool


class Passed(Event, frozen=True):
    """Octets that aren't HTTP/1's, nor are any of this side's after them. `framed`: they are HTTP/2's."""

    data: bytes
    framed: bool


class Talk(Struct):
    """What both sides of a connection know: what was asked for, and whether HTTP/2 or something else is spoken."""

    methods: deque[str] = field(default_factory=lambda: deque(maxlen=_METHODS))
    framed: bool = False
    over: bool = False


class Side:
    """One direction of a connection, client's or server's. It keeps a head of at most `limit` octets, and no body."""

    def __init__(self, sender: str, talk: Talk, limit: int = HEAD_LIMIT) -> None:
        self._asks = sender == "client"
        self._talk = talk
        self._limit = limit
        self._buffer = b""
        self._start = self._searched = 0
        self._body: BodyReader | None = None
        self._begun = False
        self._passed: bool | None = None

    def feed(self, data: bytes) -> list[Event]:
        """What these octets say: content at once, heads when they are whole."""
        self._buffer += data
        found: list[Event] = []
        while self._buffer and (event := self._next()) is not None:
            found.append(event)
        return found

    def _next(self) -> Event | None:
        """What the buffer begins with; None where more has to be seen."""
        if self._passed is not None:
            return self._pass(framed=self._passed)
        if self._body is not None:
            return self._content(self._body)
        if self._talk.over:
            return self._pass(framed=False)
        begins = _NO_LINE_END.search(self._buffer, self._start)
        self._start = begins.start() if begins is not None else len(self._buffer)
        framed = self._begins_frames()
        if framed is None:
            return None
        self._talk.framed |= framed
        # A side that knows no HTTP/2 goes on in HTTP/1, whatever the other speaks
        if framed or not self._may_begin():
            return self._pass(framed=self._talk.framed)
        found = _BLANK.search(self._buffer, max(self._start, self._searched - 3))
        if found is not None:
            return self._head(found)
        self._searched = len(self._buffer)
        return self._pass(framed=False) if self._searched > self._limit else None

    def _pass(self, *, framed: bool) -> Passed:
        data, self._buffer, self._passed = self._buffer, b"", framed
        return Passed(len(data), data, framed)

    def _content(self, body: BodyReader) -> Content | None:
        taken, content = body.take(self._buffer)
        if not taken and not body.done:
            return None
        self._buffer = self._buffer[taken:]
        if body.done:
            self._body = None
        return Content(taken, content, body.done)

    def _begins_frames(self) -> bool | None:
        """Whether HTTP/2 begins here: with a client's preface, or a server's first SETTINGS."""
        start = self._buffer[: len(PREFACE)]
        if self._asks:
            return start == PREFACE or (None if PREFACE.startswith(start) else False)
        if self._begun or start[0]:
            return False
        return start[3] == SETTINGS if len(start) > 3 else None

    def _may_begin(self) -> bool:
        """Whether a head of HTTP/1 may begin here."""
        if self._asks:
            return _METHOD.match(self._buffer[self._start : self._start + 41]) is not None
        return _VERSION.startswith(self._buffer[self._start : self._start + len(_VERSION)])

    def _head(self, found: re.Match[bytes]) -> Head:
        head, self._buffer = self._buffer[self._start : found.start()], self._buffer[found.end() :]
        self._start = self._searched = 0
        self._begun = True
        first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if self._asks:
            method, status = first.partition(" ")[0], 0
            self._talk.methods.append(method)
            self._body = body_of(fields, is_request=True)
        else:
            method, status = self._answered(first, fields)
        body = self._body
        return Head(found.end(), first, lines, fields, method, status, body is None, body is not None and body.endless)

    def _answered(self, first: str, fields: dict[str, str]) -> tuple[str, int]:
        """What a response answers, and its status. What follows its head hangs on both (RFC 9112 §6.3)."""
        found = _STATUS.match(first)
        if found is None:
            self._passed = False
            return "", 0
        status, talk = int(found[1]), self._talk
        if status < 200 and status != 101:
            return "", status  # another follows (RFC 9110 §15.2)
        method = talk.methods.popleft() if talk.methods else ""
        if status == 101 and fields.get("upgrade", "").lower() == "h2c":
            talk.framed = True  # RFC 7540 §3.2
        elif status == 101 or (method == "CONNECT" and status < 300):
            talk.over = True
        elif status not in (204, 304) and method != "HEAD":
            self._body = body_of(fields, is_request=False)
        return method, status
