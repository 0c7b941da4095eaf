"""JSON: on one line, or to be read by people (RFC 8259)."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.formats import Format
from netloom.formats._naming import words
from netloom.formats._texts import misread, place, text_of
from netloom.formats._values import as_in_json, fitting, text_key

RULE = "RFC 8259"


def read(data: bytes) -> Any:
    """The value; of two fields of one name the last counts."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _read_again(data, error)


def write(value: Any) -> bytes:
    """A value on one line."""
    return msgspec.json.encode(fitting("JSON", value, as_in_json, text_key))


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(write(value), indent=2) + b"\n"


def _read_again(data: bytes, error: Exception) -> Any:
    """What was only a byte order mark is read; of anything else the place is found."""
    text = text_of(data, "JSON", RULE)
    if text.startswith("\ufeff"):
        return read(text[1:].encode())
    if isinstance(error, RecursionError):
        raise RemoteProtocolError("JSON: lists and mappings within each other, too many", rule=RULE) from None
    try:
        json.loads(text)
    except json.JSONDecodeError as exact:
        words_of = exact.msg[0].lower() + exact.msg[1:]
        raise misread("JSON", words_of, RULE, place(text, exact.pos), len(text[: exact.pos].encode())) from None
    except (ValueError, RecursionError):
        pass  # a number of thousands of digits
    raise RemoteProtocolError(f"JSON: {_MEANT.get(str(error).partition(' (')[0], str(error))}", rule=RULE) from None


_MEANT = {
    "Input data was truncated": "half a character: a surrogate without the other",
    "JSON is malformed: invalid character": "NaN and Infinity are no numbers",
    "Integer value out of range": "a number of thousands of digits",
    "Number out of range": "a number larger than numbers get",
}
"""What is meant where Python's own reader sees no mistake."""


def _given(argument: str) -> Format:
    words(FORMAT.name, argument, ("pretty",))
    return msgspec.structs.replace(FORMAT, write=_pretty)


FORMAT = Format(
    name="json",
    summary="on one line; pretty: for people",
    media_types=("application/json", "text/json"),
    suffixes=(".json",),
    read=read,
    write=write,
    argument="[:pretty]",
    given=_given,
)
