"""HTTP/2 as it passes, put together: what both sides say of each stream (RFC 9113 §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.http.passive import h2
from netloom.wire.http.passive.h2 import STREAMS
from netloom.wire.http.passive.pairs import Pair

if TYPE_CHECKING:
    from netloom.wire.http.passive.pairs import Part, Room


class Frames:
    """Both directions of one connection."""

    def __init__(self, room: Room) -> None:
        self._open: dict[int, Pair] = {}
        self._sides = {sender: _Side(sender == "client", self._open, room) for sender in ("client", "server")}

    def side(self, sender: str) -> _Side:
        """One direction."""
        return self._sides[sender]

    def upgraded(self, pair: Pair) -> None:
        """What was asked for in HTTP/1 is answered on the first stream (RFC 7540 §3.2)."""
        self._open[1] = pair

    def left(self) -> list[Pair]:
        """What isn't whole; whoever asks takes it over."""
        left = list(self._open.values())
        self._open.clear()
        return left


class _Side:
    """One direction. Of a stream whose fields can't be read nothing is put together."""

    def __init__(self, asks: bool, streams: dict[int, Pair], room: Room) -> None:
        self._asks = asks
        self._room = room
        self._open = streams
        self._reader = h2.Side()

    def feed(self, data: bytes, time: int) -> list[Pair]:
        """Some octets of its; the exchanges that they make whole."""
        said = [self._said(event, time) for event in self._reader.feed(data)]
        return [pair for pair in said if pair is not None]

    def _said(self, event: h2.Event, time: int) -> Pair | None:
        if isinstance(event, h2.Fields) and event.fields is not None and not event.promise:
            self._begin(event.stream, event.fields, time)
        pair = self._open.get(event.stream)
        if pair is None:
            return None
        if isinstance(event, h2.Control):
            return self._open.pop(event.stream) if event.kind == h2.RST_STREAM else None
        part = self._part(pair)
        if part.began < 0 or not isinstance(event, h2.Fields | h2.Data):
            return None
        if isinstance(event, h2.Data):
            part.add(event.content)
        if event.ends and (isinstance(event, h2.Fields) or event.last):
            part.ended = time
        return self._open.pop(event.stream) if pair.whole else None

    def _begin(self, stream: int, fields: list[tuple[str, str]], time: int) -> None:
        """Something of an exchange: a request, an answer, their trailers. An answer may have others before it."""
        known = dict(fields)
        if ":method" in known and self._asks and stream not in self._open:
            if len(self._open) >= STREAMS:
                self._open.pop(next(iter(self._open))).let_go()
            asked = self._open[stream] = Pair.within(self._room)
            asked.method, asked.target = known[":method"], known.get(":path", "")
            asked.authority = known.get(":authority") or known.get("host", "")
        pair = self._open.get(stream)
        status = known.get(":status", "")
        if pair is None or (status.startswith("1") and len(status) == 3):
            return
        if status.isascii() and status.isdecimal():
            pair.status = int(status[:3])
        part = self._part(pair)
        part.version = "HTTP/2.0"
        part.begin([(name, value) for name, value in fields if not name.startswith(":")], time)

    def _part(self, pair: Pair) -> Part:
        return pair.request if self._asks else pair.response
