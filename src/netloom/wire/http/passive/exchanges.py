"""HTTP as it passes, put together: requests with their answers, in HTTP/1 and HTTP/2 (RFC 9112, RFC 9113)."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from netloom.wire.http.passive.body import body_of
from netloom.wire.http.passive.exchange_frames import Frames
from netloom.wire.http.passive.pairs import Pair, Room

if TYPE_CHECKING:
    from netloom.wire.http.passive.body import BodyReader
    from netloom.wire.http.passive.pairs import Part

CLIENT, SERVER = "client", "server"
_ASKS, _ANSWERS = re.compile(rb"PRI"), re.compile(rb"\x00..\x04", re.DOTALL)
"""How HTTP/2 begins: with its preface, and its server with SETTINGS."""
HEAD_LIMIT = 256 * 1024
WAITING = 1000
"""Requests of a connection that wait for their answers."""
_BLANK = re.compile(rb"\r?\n\r?\n")
_REQUEST = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}) ([!-~]+) (HTTP/1\.[01])", re.ASCII)
_STATUS = re.compile(r"(HTTP/1\.[01]) ([1-9][0-9]{2})(?: (.*))?", re.ASCII)


class Exchanges:
    """Both directions of one connection. Times are integers, in whatever their caller counts.

    Who is given a pair lets it go when it is done with its bodies, which have only so much `room`.
    """

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self._waiting: deque[Pair] = deque()
        self._sides = {side: _Side(side, self._waiting, self._room) for side in (CLIENT, SERVER)}
        self._frames: Frames | None = None
        self._begun = False
        self._first = {CLIENT: b"", SERVER: b""}

    def feed(self, sender: str, data: bytes, time: int) -> list[Pair]:
        """The exchanges that a piece makes whole."""
        if not self._begun:
            data = self._first[sender] = self._first[sender] + data
            if not self._begins(sender, data):
                return []
            other = SERVER if sender == CLIENT else CLIENT
            return self._taken(other, self._first.pop(other), time) + self._taken(sender, self._first.pop(sender), time)
        return self._taken(sender, data, time)

    def _begins(self, sender: str, data: bytes) -> bool:
        """Whether it is known by now which HTTP that is."""
        first, beginning, size = (b"P", _ASKS, 3) if sender == CLIENT else (b"\0", _ANSWERS, 4)
        if data.startswith(first) and len(data) < size:
            return False
        self._begun = True
        if beginning.match(data):
            self._frames = Frames(self._room)
        return True

    def _taken(self, sender: str, data: bytes, time: int) -> list[Pair]:
        taker = self._frames.side(sender) if self._frames is not None else self._sides[sender]
        return taker.feed(data, time)

    def end(self, sender: str, time: int) -> list[Pair]:
        """A side has no more to say: that may be what ends an answer."""
        return self._sides[sender].end(time) if self._frames is None else []

    def close(self) -> list[Pair]:
        """Nothing more comes: requests whose answers aren't whole, or aren't there."""
        left = list(self._waiting) if self._frames is None else self._frames.left()
        self._waiting.clear()
        return left


class _Side:
    """What one side says in HTTP/1. What isn't HTTP ends it."""

    def __init__(self, sender: str, waiting: deque[Pair], room: Room) -> None:
        self._sender = sender
        self._room = room
        self._waiting = waiting
        self._buffer = b""
        self._searched = 0
        self._pair: Pair | None = None
        self._body: BodyReader | None = None
        self._open_end = False
        self._over = False

    def feed(self, data: bytes, time: int) -> list[Pair]:
        """Some octets of its."""
        whole: list[Pair] = []
        self._buffer += data
        while self._buffer and not self._over and self._one(time, whole):
            pass
        if self._over:
            self._buffer = b""
        return whole

    def end(self, time: int) -> list[Pair]:
        """It has no more to say."""
        whole: list[Pair] = []
        if self._pair is not None and self._open_end:
            self._ends(self._pair, time, whole)
        self._over = True
        return whole

    def _one(self, time: int, whole: list[Pair]) -> bool:
        """A head, or some of a body; False where more is needed."""
        pair, body = self._pair, self._body
        if pair is None or body is None:
            return self._head(time, whole)
        taken, content = body.take(self._buffer)
        self._buffer = self._buffer[taken:]
        self._part(pair).add(content)
        if body.done:
            self._ends(pair, time, whole)
        return body.done or bool(taken)

    def _part(self, pair: Pair) -> Part:
        return pair.request if self._sender == CLIENT else pair.response

    def _ends(self, pair: Pair, time: int, whole: list[Pair]) -> None:
        self._part(pair).ended = time
        self._pair = self._body = None
        # An answer may be whole before its request is, which nobody waits for any more then
        if self._sender == SERVER:
            self._waiting.remove(pair)
            whole.append(pair)

    def _head(self, time: int, whole: list[Pair]) -> bool:
        self._buffer = self._buffer.lstrip(b"\r\n")
        found = _BLANK.search(self._buffer, max(0, self._searched - 3))
        if found is None:
            self._searched = len(self._buffer)
            self._over = self._searched > HEAD_LIMIT
            return False
        head, self._buffer = self._buffer[: found.start()], self._buffer[found.end() :]
        self._searched = 0
        first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
        split = [line.partition(":") for line in lines]
        fields = [(name.strip(), value.strip()) for name, colon, value in split if colon]
        known = {name.lower(): value for name, value in fields}
        pair = self._asked(first, known) if self._sender == CLIENT else self._answered(first, known)
        if pair is None:
            return not self._over
        self._pair = pair
        self._part(pair).begin(fields, time)
        if self._body is None:
            self._ends(pair, time, whole)
        return True

    def _asked(self, first: str, known: dict[str, str]) -> Pair | None:
        found = _REQUEST.fullmatch(first)
        if found is None or len(self._waiting) >= WAITING:
            self._over = True
            return None
        pair = Pair.within(self._room)
        pair.method, pair.target, pair.authority = found[1], found[2], known.get("host", "")
        pair.request.version = found[3]
        self._waiting.append(pair)
        self._body = body_of(known, is_request=True)
        return pair

    def _answered(self, first: str, known: dict[str, str]) -> Pair | None:
        """What an answer is to; nothing for those that another follows (RFC 9110 §15.2)."""
        found = _STATUS.fullmatch(first)
        status = int(found[2]) if found is not None else 0
        if found is None or (not self._waiting and status >= 200):
            self._over = True
            return None
        if status < 200 and status != 101:
            return None
        if not self._waiting:
            self._over = True
            return None
        pair = self._waiting[0]
        pair.response.version, pair.status, pair.reason = found[1], status, found[3] or ""
        self._over = status == 101 or (pair.method == "CONNECT" and status < 300)  # another protocol from here on
        empty = self._over or status in (204, 304) or pair.method == "HEAD"
        self._body = None if empty else body_of(known, is_request=False)
        self._open_end = self._body is not None and not known.keys() & {"content-length", "transfer-encoding"}
        return pair
