"""Server-sent events as bytes: a stream of lines to events, comments and waiting times, and back (WHATWG HTML §9.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MEDIA_TYPE = "text/event-stream"
MESSAGE = "message"
"""The name of an event that has none."""
LIMIT = 1 << 20
"""Bytes of one event, its name and its id included."""

_BOM = b"\xef\xbb\xbf"
_END = re.compile(rb"\r\n|\r|\n")
_ENDS = re.compile("\r\n|\r|\n")
_FORBIDDEN = re.compile("[\r\n]")
_LONGEST = 10**15 - 1


class Event(msgspec.Struct, frozen=True):
    """An event. `id` is what the server wants to hear of after a new connection: as a parser gives it, the last one."""

    data: str = ""
    name: str = MESSAGE
    id: str = ""


class Comment(msgspec.Struct, frozen=True):
    """A line that means nothing, sent so that something passes."""

    text: str = ""


class Retry(msgspec.Struct, frozen=True):
    """How many milliseconds to wait before a new connection, once this one has ended."""

    milliseconds: int


Item = Event | Comment | Retry


class Parser:
    """The lines of one stream, in pieces of any size. What it doesn't know it passes over, as it has to.

    `last_id` is what a new connection is to say in Last-Event-ID. An event that isn't whole at the end is none.
    """

    def __init__(self, limit: int = LIMIT, last_id: str = "") -> None:
        self.last_id = last_id
        self._limit = limit
        self._line = bytearray()
        self._data = bytearray()
        self._has_data = False
        self._name = ""
        self._id = last_id
        self._at = 0
        self._begun = self._after_cr = False

    def feed(self, data: bytes) -> list[Item]:
        """What became whole. Raises RemoteProtocolError for an event, or a line, above the limit."""
        items: list[Item] = []
        self._at += len(data)
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        at = 0
        for end in _END.finditer(data):
            self._line += data[at : end.start()]
            at = end.end()
            self._after_cr = at == len(data) and end[0] == b"\r"
            line = bytes(self._line)
            self._line.clear()
            self._check(len(line))
            self._take(self._first(line), items)
        self._line += data[at:]
        self._check(len(self._line))
        return items

    def _first(self, line: bytes) -> bytes:
        """A line without the mark that a stream may begin with (§9.2.6)."""
        if self._begun:
            return line
        self._begun = True
        return line.removeprefix(_BOM)

    def _check(self, more: int) -> None:
        if len(self._data) + len(self._name) + more > self._limit:
            raise RemoteProtocolError(
                f"an event of more than {self._limit} bytes", rule="WHATWG HTML §9.2.6", offset=self._at
            )

    def _take(self, line: bytes, items: list[Item]) -> None:
        """One line (§9.2.6): fields as they were split at the first colon."""
        if not line:
            self._dispatch(items)
            return
        field, colon, value = line.partition(b":")
        if colon and not field:
            items.append(Comment(_text(value.removeprefix(b" "))))
            return
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data += value + b"\n"
            self._has_data = True
        elif field == b"event":
            self._name = _text(value)
        elif field == b"id":
            if b"\0" not in value:
                self._id = _text(value)
        elif field == b"retry" and value.isdigit():
            items.append(Retry(int(value) if len(value) < 16 else _LONGEST))

    def _dispatch(self, items: list[Item]) -> None:
        self.last_id = self._id
        if self._has_data:
            items.append(Event(_text(self._data[:-1]), self._name or MESSAGE, self._id))
        self._data.clear()
        self._has_data = False
        self._name = ""


def emit(event: Event) -> bytes:
    """An event. CR LF and CR in its data arrive as LF: the format has no other line ends.

    Raises LocalProtocolError for CR, LF or half of a surrogate pair in a name or an id, NUL in an id.
    """
    name = f"event: {_checked(event.name, 'name')}\n" if event.name not in ("", MESSAGE) else ""
    number = _id_line(event.id) if event.id else ""
    data = "".join(f"data: {line}\n" for line in _ENDS.split(event.data))
    return _encoded(f"{name}{number}{data}\n")


def emit_id(last: str) -> bytes:
    """What to say in Last-Event-ID, without an event."""
    return _encoded(_id_line(last) + "\n")


def emit_comment(text: str = "") -> bytes:
    """A comment of one or more lines."""
    return _encoded("".join(f": {line}\n" if line else ":\n" for line in _ENDS.split(text)))


def emit_retry(milliseconds: int) -> bytes:
    """How long to wait before a new connection."""
    return b"retry: %d\n" % milliseconds


def emit_all(items: Sequence[Item]) -> bytes:
    """A stream of them."""
    return b"".join(_EMIT[type(item)](item) for item in items)


_EMIT: dict[type, Callable[[Any], bytes]] = {
    Event: emit,
    Comment: lambda comment: emit_comment(comment.text),
    Retry: lambda retry: emit_retry(retry.milliseconds),
}


def _id_line(last: str) -> str:
    if "\0" in last:
        raise LocalProtocolError("an event's id has no NUL", rule="WHATWG HTML §9.2.6", offset=last.index("\0"))
    return f"id: {_checked(last, 'id')}\n"


def _checked(text: str, what: str) -> str:
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        raise LocalProtocolError(
            f"an event's {what} is one line, without CR and LF", rule="WHATWG HTML §9.2.6", offset=bad.start()
        )
    return text


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise LocalProtocolError("half of a surrogate pair is no text", rule="WHATWG HTML §9.2.5") from None


def _text(raw: bytes | bytearray) -> str:
    """UTF-8, decoded as the Encoding standard does: what is none becomes U+FFFD."""
    return raw.decode("utf-8", "replace")
