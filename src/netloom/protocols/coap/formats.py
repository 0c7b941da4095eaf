"""Content formats by their names, and what a message says of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import UsageError
from netloom.wire.coap import codes

if TYPE_CHECKING:
    from netloom.wire.coap.message import Message

_BY_NAME = {name: number for number, name in codes.FORMATS.items()}


def number_of(text: str) -> int | None:
    """A content format by its name or number; None where none is named. Raises UsageError."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and int(text[:6]) <= 0xFFFF:
        return int(text)
    found = _BY_NAME.get(text.lower())
    if found is None:
        raise UsageError(f"{text[:60]!r} is no content format", hint=f"a number, or {', '.join(_BY_NAME)}")
    return found


def number_for(media_type: str) -> int | None:
    """The content format that is this media type, if one has a number here."""
    return _BY_NAME.get(media_type)


def name_of(message: Message) -> str:
    """What a message says its body is; empty where it says nothing."""
    number = message.uint(codes.CONTENT_FORMAT)
    return "" if number is None else codes.format_name(number)


def is_text(message: Message) -> bool:
    """Whether a body is for people to read: a diagnosis always is."""
    number = message.uint(codes.CONTENT_FORMAT)
    return number in (None, codes.TEXT, codes.LINK_FORMAT, codes.XML, codes.JSON)


def described(message: Message) -> dict[str, Any]:
    """What a response says besides its body."""
    meta: dict[str, Any] = {"code": codes.dotted(message.code)}
    if name := name_of(message):
        meta["content_format"] = name
    etag = message.value(codes.ETAG)
    if etag is not None:
        meta["etag"] = etag.hex()
    max_age = message.uint(codes.MAX_AGE)
    if max_age is not None:
        meta["max_age"] = max_age
    location = "/".join(message.texts(codes.LOCATION_PATH))
    if location:
        meta["location"] = f"/{location}"
    return meta
