"""Where lines and literals begin and end, which is all that has to be known while bytes arrive (RFC 9051 §4.3)."""

from __future__ import annotations

import re

from msgspec import Struct

from netloom.errors import RemoteProtocolError

LINE_LIMIT = 64 * 1024
"""Octets of a line without its literals. RFC 2683 §3.2.1.5 asks servers for 8000 at least."""
PARTS_LIMIT = 2000
"""Literals in one command or response."""

_LITERAL = re.compile(rb"(~?)\{(\d{1,20})(\+?)\}\Z")
_SPOKEN = re.compile(rb"(?:[^ ]+ (?:OK|NO|BAD|BYE|PREAUTH)(?: |\Z)|\+)", re.IGNORECASE)


class Line(Struct, frozen=True):
    """A line without its CRLF. `literal` octets follow it, None: nothing does.

    `waits` is a literal that is only sent once the other side says so; `binary` one that may have NULs (`~{…}`).
    """

    text: bytes
    literal: int | None = None
    waits: bool = False
    binary: bool = False


Parts = tuple[bytes, ...]
"""A whole command or response: text, literal, text, literal, …, text. A text keeps the `{…}` it ended in."""


def parse_line(buffer: bytes, limit: int = LINE_LIMIT, *, spoken: bool = False) -> tuple[Line, int] | None:
    """The first line and the octets it took, None where more is needed.

    With `spoken`, words for people after OK, NO and their like aren't looked at: they may end in anything.
    """
    end = buffer.find(b"\n", 0, limit)
    if end < 0:
        if len(buffer) >= limit:
            raise RemoteProtocolError(f"a line longer than {limit} octets", rule="RFC 9051 §2.2", offset=limit)
        _check(buffer[:-1] if buffer.endswith(b"\r") else buffer)
        return None
    if end == 0 or buffer[end - 1] != 13:
        raise RemoteProtocolError("a line ends in LF without CR", rule="RFC 9051 §2.2", offset=end)
    text = bytes(buffer[: end - 1])
    _check(text)
    found = _LITERAL.search(text, max(0, len(text) - 24)) if text.endswith(b"}") else None
    if found is None or (spoken and _SPOKEN.match(text)):
        return Line(text), end + 1
    return Line(text, int(found[2]), not found[3], bool(found[1])), end + 1


def _check(text: bytes) -> None:
    for octet, name in ((b"\r", "CR without LF"), (b"\0", "NUL")):
        at = text.find(octet)
        if at >= 0:
            raise RemoteProtocolError(f"{name} within a line", rule="RFC 9051 §9", offset=at)


def parse_parts(buffer: bytes, limit: int, *, spoken: bool = False) -> tuple[Parts, int] | None:
    """A whole command or response with its literals, `limit` octets at most; None where more is needed."""
    parts: list[bytes] = []
    at = 0
    while True:
        found = parse_line(buffer[at : at + LINE_LIMIT + 1], spoken=spoken and not parts)
        if found is None:
            return None
        line, taken = found
        at += taken
        parts.append(line.text)
        if line.literal is None:
            return tuple(parts), at
        if at + line.literal > limit or len(parts) >= 2 * PARTS_LIMIT:
            raise RemoteProtocolError(
                f"a literal of {line.literal} octets is too much", rule="RFC 9051 §4.3", offset=at
            )
        if len(buffer) < at + line.literal:
            return None
        parts.append(bytes(buffer[at : at + line.literal]))
        at += line.literal


def join(parts: Parts) -> bytes:
    """The octets of a whole command or response."""
    made = bytearray()
    for number, part in enumerate(parts):
        made += part if number % 2 else part + b"\r\n"
    return bytes(made)
