"""HTTP as it passes, put together: requests with their answers, in HTTP/1 and HTTP/2 (RFC 9112, RFC 9113)."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from netloom.wire.http.passive import h1
from netloom.wire.http.passive.exchange_frames import Frames
from netloom.wire.http.passive.h1 import HEAD_LIMIT
from netloom.wire.http.passive.pairs import Pair, Room

if TYPE_CHECKING:
    from netloom.wire.http.passive.pairs import Part

CLIENT, SERVER = "client", "server"
WAITING = 1000
"""Requests of a connection that wait for their answers."""
_REQUEST = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}) ([!-~]+) (HTTP/1\.[01])", re.ASCII)
_STATUS = re.compile(r"(HTTP/1\.[01]) [1-9][0-9]{2}(?: (.*))?", re.ASCII)


class Exchanges:
    """Both directions of one connection. Times are integers, in whatever their caller counts.

    Who is given a pair lets it go when it is done with its bodies, which have only so much `room`.
    """

    def __init__(self, room: Room | None = None) -> None:
        talk = h1.Talk()
        room = room or Room()
        self._waiting: deque[Pair] = deque()
        self._frames = Frames(room)
        self._sides = {side: _Side(side, talk, self._waiting, self._frames, room) for side in (CLIENT, SERVER)}

    def feed(self, sender: str, data: bytes, time: int) -> list[Pair]:
        """The exchanges that a piece makes whole."""
        return self._sides[sender].feed(data, time)

    def end(self, sender: str, time: int) -> list[Pair]:
        """A side has no more to say: that may be what ends an answer."""
        return self._sides[sender].end(time)

    def close(self) -> list[Pair]:
        """Nothing more comes: requests whose answers aren't whole, or aren't there."""
        left = [*self._waiting, *self._frames.left()]
        self._waiting.clear()
        return left


class _Side:
    """What one side says. What isn't HTTP ends it."""

    def __init__(self, sender: str, talk: h1.Talk, waiting: deque[Pair], frames: Frames, room: Room) -> None:
        self._asks = sender == CLIENT
        self._talk = talk
        self._waiting = waiting
        self._frames = frames
        self._room = room
        self._framed = frames.side(sender)
        self._reader = h1.Side(sender, talk, HEAD_LIMIT)
        self._pair: Pair | None = None
        self._endless = False
        self._over = False

    def feed(self, data: bytes, time: int) -> list[Pair]:
        """Some octets of its."""
        whole: list[Pair] = []
        for event in self._reader.feed(data):
            if isinstance(event, h1.Passed):
                whole += self._framed.feed(event.data, time) if event.framed else []
            elif isinstance(event, h1.Head) and not self._over:
                whole += self._head(event, time)
            elif isinstance(event, h1.Content) and self._pair is not None:
                self._part(self._pair).add(event.content)
                whole += self._ends(self._pair, time) if event.ends else []
        return whole

    def end(self, time: int) -> list[Pair]:
        """It has no more to say."""
        self._over = True
        return self._ends(self._pair, time) if self._pair is not None and self._endless else []

    def _part(self, pair: Pair) -> Part:
        return pair.request if self._asks else pair.response

    def _ends(self, pair: Pair, time: int) -> list[Pair]:
        self._part(pair).ended = time
        self._pair = None
        # An answer may be whole before its request is, which nobody waits for any more then
        if self._asks:
            return []
        self._waiting.remove(pair)
        return [pair]

    def _head(self, head: h1.Head, time: int) -> list[Pair]:
        pair = self._asked(head) if self._asks else self._answered(head)
        if pair is None:
            return []
        split = [line.partition(":") for line in head.lines]
        self._part(pair).begin([(name.strip(), value.strip()) for name, colon, value in split if colon], time)
        self._pair, self._endless = pair, head.endless
        return self._ends(pair, time) if head.ends else []

    def _asked(self, head: h1.Head) -> Pair | None:
        found = _REQUEST.fullmatch(head.first)
        if found is None or len(self._waiting) >= WAITING:
            self._over = True
            return None
        pair = Pair.within(self._room)
        pair.method, pair.target, pair.authority = found[1], found[2], head.fields.get("host", "")
        pair.request.version = found[3]
        self._waiting.append(pair)
        return pair

    def _answered(self, head: h1.Head) -> Pair | None:
        """What an answer is to; nothing for those that another follows (RFC 9110 §15.2)."""
        found = _STATUS.fullmatch(head.first)
        if found is not None and head.status < 200 and head.status != 101:
            return None
        if found is None or not self._waiting:
            self._over = True
            return None
        if head.status == 101 and self._talk.framed:
            self._frames.upgraded(self._waiting.popleft())
            return None
        pair = self._waiting[0]
        pair.response.version, pair.status, pair.reason = found[1], head.status, found[2] or ""
        return pair
