"""Messages in a stream: counted, or a line each; each frame tells which it is (RFC 6587 §3.4, RFC 5425 §4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 64 * 1024
"""Bytes of a message: RFC 5425 §4.3.1 asks for 8,192."""

_COUNT_DIGITS = 9
_BETWEEN = b"\r\n\0 "

Framing = Literal["octets", "lf"]


def frame(message: bytes, framing: Framing = "octets") -> bytes:
    """A message in its frame. Raises LocalProtocolError for a line feed in what has to be a line."""
    if framing == "octets":
        return b"%d %b" % (len(message), message)
    if b"\n" in message:
        raise LocalProtocolError(
            "a line feed would end the message", rule="RFC 6587 §3.4.2", hint="framing=octets counts instead"
        )
    return message + b"\n"


def unframe(data: bytes, at: int = 0, limit: int = LIMIT) -> tuple[bytes, int] | None:
    """The message that begins at `at`, and where its frame ends; None: more is needed.

    What is between frames (line ends, NULs, spaces) is an empty message. Raises RemoteProtocolError above `limit`.
    """
    if data[at : at + 1] in (b"\r", b"\n", b"\0", b" "):
        rest = data[at:].lstrip(_BETWEEN)
        return b"", len(data) - len(rest)
    end = at
    while end - at <= _COUNT_DIGITS and b"0" <= data[end : end + 1] <= b"9":
        end += 1
    if end == len(data) and end - at <= _COUNT_DIGITS:
        return None
    if end > at and data[at : at + 1] != b"0" and data[end : end + 1] == b" ":
        return _counted(data, end + 1, int(data[at:end]), limit)
    end = data.find(b"\n", at, at + limit + 1)
    if end < 0:
        if len(data) - at > limit:
            raise RemoteProtocolError(f"a line of more than {limit} bytes", rule="RFC 6587 §3.4.2", offset=at)
        return None
    return data[at:end], end + 1


def _counted(data: bytes, start: int, size: int, limit: int) -> tuple[bytes, int] | None:
    if size > limit:
        raise RemoteProtocolError(f"a message of {size} bytes: {limit} at most", rule="RFC 6587 §3.4.1", offset=start)
    return (data[start : start + size], start + size) if len(data) - start >= size else None


class Unframer:
    """One side of a stream, in pieces of any size. Holds one message that isn't whole."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._held = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now. Raises RemoteProtocolError, after those that came before."""
        data = self._held + data
        self._held = b""
        at = 0
        while at < len(data):
            found = unframe(data, at, self._limit)
            if found is None:
                break
            message, at = found
            if message:
                yield message
        self._held = data[at:]

    @property
    def holds(self) -> bool:
        """Whether a message has begun."""
        return bool(self._held)

    def rest(self) -> bytes:
        """What stands here at the stream's end: a last line without its end, or nothing."""
        held, self._held = self._held, b""
        return b"" if held[:1].isdigit() else held
