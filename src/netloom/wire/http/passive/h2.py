"""HTTP/2 as it passes, one side of it: what its frames say on which stream (RFC 9113 §4, §6, RFC 7541).

It may begin in the middle: the tables of HPACK count from their latest entry, so what can be undone is right, and what
can't ends the reading of fields. How large a table grows is told by its own side (RFC 7541 §6.3).
"""

from __future__ import annotations

from hpack import Decoder as HpackDecoder
from hpack import HPACKError
from msgspec import Struct, field

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION) = range(10)

HEAD = 9
"""Octets before a frame's payload."""
KEPT = 256 * 1024
"""Octets of a header block that are kept, and that its fields may become."""
TABLE = 64 * 1024
"""What a side may make of its table of fields, in octets as RFC 7541 §4.1 counts them."""
STREAMS = 1000
"""Streams of a connection that are put together at once; the oldest gives way."""

_ACK = _END_STREAM = 0x01
_END_HEADERS, _PADDED, _PRIORITY = 0x04, 0x08, 0x20
_BLOCK = (HEADERS, PUSH_PROMISE, CONTINUATION)
_CODE = {RST_STREAM: 0, GOAWAY: 4}
"""Where in a payload it stands why something ends."""
_SHORT = 8
"""Octets of a payload that are kept of all other frames."""


class Event(Struct, frozen=True):
    """What a side said, in the `size` octets after the event before; on stream 0, of the whole connection."""

    stream: int
    size: int


class Preface(Event, frozen=True):
    """A client's first words."""


class Fields(Event, frozen=True):
    """A whole header block: of a message, of its trailers, or of a promise. None where it can't be undone.

    `ends`: the side says no more on this stream.
    """

    fields: list[tuple[str, str]] | None
    ends: bool = False
    promise: bool = False


class Data(Event, frozen=True):
    """The next piece of a DATA frame with `length` octets of payload: content free of padding.

    A frame has a piece as soon as its head is there, which says by `ends` whether it is the side's last on this stream.
    """

    content: bytes
    length: int
    first: bool
    last: bool
    ends: bool


class Control(Event, frozen=True):
    """Any other frame. `code` is why a stream or the connection ends."""

    kind: int
    code: int | None = None
    acknowledges: bool = False


class _Frame(Struct):
    """A frame under way. `padding` and `left` are octets that are still to come, `payload` what is kept."""

    kind: int
    flags: int
    stream: int
    length: int
    left: int
    padding: int = 0
    begun: bool = False
    payload: bytearray = field(default_factory=bytearray)


class _Block(Struct):
    """A header block under way."""

    stream: int
    ends: bool = False
    promise: bool = False
    size: int = 0
    octets: bytearray = field(default_factory=bytearray)


class Side:
    """One direction of a connection. It keeps a header block, and no data."""

    def __init__(self) -> None:
        self._begun = False
        self._buffer = b""
        self._frame: _Frame | None = None
        self._block: _Block | None = None
        self._hpack: HpackDecoder | None = None
        self._lost = False

    def feed(self, data: bytes) -> list[Event]:
        """What these octets say: data at once, all else when it is whole."""
        self._buffer += data
        found: list[Event] = []
        if not self._begun:
            start = self._buffer[: len(PREFACE)]
            if PREFACE.startswith(start) and len(start) < len(PREFACE):
                return found
            self._begun = True
            if start == PREFACE:
                self._buffer = self._buffer[len(PREFACE) :]
                found.append(Preface(0, len(PREFACE)))
        while self._frame is not None or self._begin(found):
            if not self._go_on(found):
                break
        return found

    def _begin(self, found: list[Event]) -> bool:
        """A frame, once its head is there, and what says how it is padded."""
        buffer = self._buffer
        if len(buffer) < HEAD:
            return False
        length, kind, flags = int.from_bytes(buffer[:3]), buffer[3], buffer[4]
        stream = int.from_bytes(buffer[5:HEAD]) & 0x7FFFFFFF
        frame = _Frame(kind, flags, stream, length, length)
        size = HEAD
        if kind == DATA and flags & _PADDED and length:
            if len(buffer) == HEAD:
                return False
            size += 1
            frame.left -= 1
            frame.padding = min(buffer[HEAD], frame.left)
        self._buffer = buffer[size:]
        self._frame = frame
        block = self._block
        if block is not None and (kind, stream) != (CONTINUATION, block.stream):
            self._broken(block, found)
        return True

    def _go_on(self, found: list[Event]) -> bool:
        """The next octets of the frame under way; whether that was its end."""
        frame = self._frame
        assert frame is not None  # noqa: S101  # whoever calls has looked
        taken = self._buffer[: frame.left]
        self._buffer = self._buffer[len(taken) :]
        frame.left -= len(taken)
        last = not frame.left
        if last:
            self._frame = None
        if frame.kind == DATA:
            found.append(_data(frame, taken))
            return last
        frame.payload += taken[: (KEPT if frame.kind in _BLOCK else _SHORT) - len(frame.payload)]
        if last and frame.kind in _BLOCK:
            self._fragment(frame, found)
        elif last:
            found.append(_control(frame))
        return last

    def _fragment(self, frame: _Frame, found: list[Event]) -> None:
        """A part of a header block (RFC 9113 §4.3)."""
        payload, flags = frame.payload, frame.flags
        block = self._block
        if frame.kind != CONTINUATION:
            promise = frame.kind == PUSH_PROMISE
            block = self._block = _Block(frame.stream, not promise and bool(flags & _END_STREAM), promise)
            if flags & _PADDED and payload:
                payload = payload[1 : max(1, len(payload) - payload[0])]
            payload = payload[4 if promise else 5 if flags & _PRIORITY else 0 :]
        elif block is None:
            block = self._block = _Block(frame.stream)
            self._lost = True  # how it begins was never seen
        block.size += HEAD + frame.length
        if frame.length + len(block.octets) > KEPT:
            self._lost = True
        if not self._lost:
            block.octets += payload
        if flags & _END_HEADERS:
            found.append(Fields(block.stream, block.size, self._undone(block.octets), block.ends, block.promise))
            self._block = None

    def _broken(self, block: _Block, found: list[Event]) -> None:
        """Something else stands where a header block has to go on."""
        self._block, self._lost = None, True
        found.append(Fields(block.stream, block.size, None, block.ends, block.promise))

    def _undone(self, block: bytearray) -> list[tuple[str, str]] | None:
        """The fields of a header block; after one that can't be undone the table is unknown."""
        if self._lost:
            return None
        if self._hpack is None:  # most connections are HTTP/1's, and need none
            self._hpack = HpackDecoder(max_header_list_size=KEPT)
            self._hpack.max_allowed_table_size = TABLE
        try:
            return [(_text(name), _text(value)) for name, value in self._hpack.decode(bytes(block), raw=True)]
        except (HPACKError, ValueError, IndexError):
            self._lost = True
            return None


def _data(frame: _Frame, taken: bytes) -> Data:
    """A piece of a DATA frame. Its padding stands at its end."""
    content = taken[: max(0, frame.left + len(taken) - frame.padding)]
    size, first = len(taken), not frame.begun
    if first:
        frame.begun = True
        size += HEAD + bool(frame.flags & _PADDED and frame.length)
    return Data(frame.stream, size, content, frame.length, first, not frame.left, bool(frame.flags & _END_STREAM))


def _control(frame: _Frame) -> Control:
    at = _CODE.get(frame.kind)
    code = int.from_bytes(frame.payload[at : at + 4]) if at is not None and len(frame.payload) >= at + 4 else None
    acknowledges = frame.kind in (SETTINGS, PING) and bool(frame.flags & _ACK)
    return Control(frame.stream, HEAD + frame.length, frame.kind, code, acknowledges)


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("latin-1")
