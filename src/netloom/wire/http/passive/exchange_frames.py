"""HTTP/2 as it passes, put together: what frames say of each stream (RFC 9113 §4, §8, RFC 7541)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpack import Decoder as HpackDecoder
from hpack import HPACKError

from netloom.wire.http.passive.frames import PREFACE
from netloom.wire.http.passive.pairs import Pair

if TYPE_CHECKING:
    from netloom.wire.http.passive.pairs import Fields, Part, Room

STREAMS = 1000
"""Streams of a connection that are open; the oldest gives way."""
_BLOCK_LIMIT = 256 * 1024
_TABLE_LIMIT = 64 * 1024
_FRAME_LIMIT = 1 << 20
_DATA, _HEADERS, _RESET, _PROMISE, _CONTINUATION = 0, 1, 3, 5, 9
_END_STREAM, _END_HEADERS, _PADDED, _PRIORITY = 0x01, 0x04, 0x08, 0x20


class Frames:
    """Both directions of one connection."""

    def __init__(self, room: Room) -> None:
        self._open: dict[int, Pair] = {}
        self._sides = {sender: _Side(sender == "client", self._open, room) for sender in ("client", "server")}

    def side(self, sender: str) -> _Side:
        """One direction."""
        return self._sides[sender]

    def left(self) -> list[Pair]:
        """What isn't whole."""
        return list(self._open.values())


class _Side:
    """One direction. What can't be read ends it: its table is unknown from there on."""

    def __init__(self, asks: bool, streams: dict[int, Pair], room: Room) -> None:
        self._asks = asks
        self._room = room
        self._open = streams
        self._buffer = b""
        self._preface = asks
        self._block = b""
        self._head = (0, 0, 0)
        self._hpack = HpackDecoder(max_header_list_size=_BLOCK_LIMIT)
        self._hpack.max_allowed_table_size = _TABLE_LIMIT
        self._lost = False

    def feed(self, data: bytes, time: int) -> list[Pair]:
        """Some octets of its."""
        self._buffer += data
        whole: list[Pair] = []
        if self._preface and len(self._buffer) >= len(PREFACE):
            self._preface = False
            self._buffer = self._buffer.removeprefix(PREFACE)
        while not self._preface and not self._lost and len(self._buffer) >= 9:
            size = int.from_bytes(self._buffer[:3])
            if size > _FRAME_LIMIT:
                self._lost = True
            if len(self._buffer) < 9 + size:
                break
            head, payload, self._buffer = self._buffer[:9], self._buffer[9 : 9 + size], self._buffer[9 + size :]
            self._frame(head[3], head[4], int.from_bytes(head[5:]) & 0x7FFFFFFF, payload, time, whole)
        if self._lost:
            self._buffer = b""
        return whole

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes, time: int, whole: list[Pair]) -> None:  # noqa: PLR0913, PLR0917
        if kind in (_DATA, _HEADERS, _PROMISE) and flags & _PADDED:
            payload = payload[1 : max(1, len(payload) - payload[0])] if payload else b""
        if kind == _DATA and stream in self._open:
            self._part(self._open[stream]).add(payload)
            self._ends(stream, flags, time, whole)
        elif kind in (_HEADERS, _PROMISE):
            skipped = 4 if kind == _PROMISE else 5 if flags & _PRIORITY else 0
            self._head, self._block = (kind, flags, stream), payload[skipped:]
            self._fields(flags, time, whole)
        elif kind == _CONTINUATION:
            self._block += payload
            self._lost = len(self._block) > _BLOCK_LIMIT
            self._fields(flags, time, whole)
        elif kind == _RESET and stream in self._open:
            whole.append(self._open.pop(stream))

    def _fields(self, flags: int, time: int, whole: list[Pair]) -> None:
        """A message's fields, once they are all there."""
        if not flags & _END_HEADERS or self._lost:
            return
        kind, first, stream = self._head
        try:
            fields = [(_text(name), _text(value)) for name, value in self._hpack.decode(self._block, raw=True)]
        except (HPACKError, ValueError, IndexError):
            self._lost = True
            return
        self._block = b""
        if kind == _HEADERS and self._begin(stream, fields, time):
            self._ends(stream, first, time, whole)

    def _begin(self, stream: int, fields: Fields, time: int) -> bool:
        """Whether that is something of an exchange: a request, an answer, their trailers."""
        known = dict(fields)
        if ":method" in known and self._asks:
            if len(self._open) >= STREAMS:
                self._open.pop(next(iter(self._open))).let_go()
            asked = self._open[stream] = Pair.within(self._room)
            asked.method, asked.target = known[":method"], known.get(":path", "")
            asked.authority = known.get(":authority") or known.get("host", "")
        pair = self._open.get(stream)
        status = known.get(":status", "")
        if pair is None or (status.startswith("1") and len(status) == 3):
            return False
        if status.isascii() and status.isdecimal():
            pair.status = int(status[:3])
        part = self._part(pair)
        part.version = "HTTP/2.0"
        part.begin([(name, value) for name, value in fields if not name.startswith(":")], time)
        return True

    def _part(self, pair: Pair) -> Part:
        return pair.request if self._asks else pair.response

    def _ends(self, stream: int, flags: int, time: int, whole: list[Pair]) -> None:
        if not flags & _END_STREAM:
            return
        pair = self._open[stream]
        self._part(pair).ended = time
        if pair.whole:
            whole.append(self._open.pop(stream))


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("latin-1")
