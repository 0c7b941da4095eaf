"""Text: one value in words, UTF-8 unless a charset is named."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import Format
from netloom.formats._texts import charset_of, text_of
from netloom.formats._values import Misfit, as_text, fitting, unheld


def read(data: bytes) -> str:
    """The whole as one text."""
    return text_of(data, "text").removeprefix("\ufeff")


def write(value: Any) -> bytes:
    """A text, a number, true, false; bytes as they are, nothing for null. Raises Unsupported for what has parts."""
    if isinstance(value, list | tuple | dict):
        misfit = Misfit(f"a {'mapping' if isinstance(value, dict) else 'list'} is more than one text", "json or yaml")
        raise unheld("text", misfit)
    if isinstance(value, bytes):
        return value
    made: str = fitting("text", value, as_text)
    return made.encode()


def _read_in(charset: str, data: bytes) -> str:
    try:
        return data.decode(charset)
    except UnicodeError as error:
        start = getattr(error, "start", None)
        raise RemoteProtocolError(f"text, byte {start}: no {charset}: {error}", offset=start) from None


def _write_in(charset: str, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return write(value).decode().encode(charset)
    except UnicodeError as error:
        raise Unsupported(f"{charset} has no such letter: {error}", hint="text, which is UTF-8") from None


def _given(charset: str) -> Format:
    try:
        known = charset_of(charset)
    except (LookupError, ValueError):
        raise UsageError(
            f"there is no charset {charset!r}", hint="text:latin-1", text=f"text:{charset}", column=5
        ) from None
    return msgspec.structs.replace(
        FORMAT, read=functools.partial(_read_in, known), write=functools.partial(_write_in, known)
    )


FORMAT = Format(
    name="text",
    summary="one text, or a number in words; the charset is UTF-8 unless it is named",
    media_types=("text/plain",),
    suffixes=(".txt", ".text"),
    read=read,
    write=write,
    texts=True,
    argument="[:CHARSET]",
    given=_given,
)
