"""Formats that are text: their letters, and the line and column of a mistake."""

from __future__ import annotations

import codecs

from netloom.errors import RemoteProtocolError

Place = tuple[int, int]
"""Line and column, from 1."""


def text_of(data: bytes, format: str, rule: str = "") -> str:
    """Bytes as UTF-8. Raises RemoteProtocolError with the place."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        raise misread(format, f"no UTF-8: {error.reason}", rule, place(before, len(before)), error.start) from None


def charset_of(name: str) -> str:
    """What Python calls a charset. Raises LookupError for a name that none has."""
    found = codecs.lookup(name).name
    if found in _NO_CHARSETS:
        raise LookupError(f"unknown encoding: {name}")
    "".encode(found)  # compressions aren't charsets, and say so
    return found


_NO_CHARSETS = frozenset({"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""What Python has beside charsets, some of which take time that grows with the text's square."""


def place(text: str, at: int) -> Place:
    """Where the letter of this number stands."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def misread(format: str, words: str, rule: str, at: Place, offset: int | None = None) -> RemoteProtocolError:
    """The error for a mistake in a text, which names its line and column."""
    line, column = at
    return RemoteProtocolError(f"{format}, line {line}, column {column}: {words}", rule=rule, offset=offset)
