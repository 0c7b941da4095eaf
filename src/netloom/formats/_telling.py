"""What a body is in: told by its media type, its name, or how it begins; never guessed."""

from __future__ import annotations

from typing import Any

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.formats import LIMIT, Format
from netloom.formats._naming import declaration, declarations
from netloom.formats._texts import charset_of

_NOTHING_SAID = ("application/octet-stream", "binary/octet-stream", "text/plain")
"""Media types that servers give to what they don't know."""
_BLANKS = b" \t\r\n"
_HOW = "say what it is: --from FORMAT; in Python from_=FORMAT"


def take(format: Format, data: bytes, media_type: str) -> Any:
    """As `read`."""
    if len(data) > LIMIT:
        raise RemoteProtocolError(f"more than {LIMIT} bytes aren't converted: a value is whole in memory")
    charset = _charset(media_type) if format.texts else ""
    if charset:
        try:
            data = data.decode(charset_of(charset)).encode()
        except (LookupError, ValueError) as error:
            raise RemoteProtocolError(f"the media type names the charset {charset}, but {error}", hint=_HOW) from None
    return format.read(data)


def tell(data: bytes, media_type: str, name: str) -> Format:
    """As `told`."""
    media, _, _ = media_type.partition(";")
    media = media.strip().lower()
    found = None
    if "/" in media and media not in _NOTHING_SAID:
        found = _of_media_type(media)
        if found is None:
            raise RemoteProtocolError(f"it is {media}, and no format reads that", hint=_HOW)
    found = found or _of_name(name) or _of_beginning(data)
    if found is None and media == "text/plain":
        found = declaration("text")
    if found is None:
        raise RemoteProtocolError(
            "what it is in isn't told: neither by a media type, nor a suffix, nor how it begins", hint=_HOW
        )
    return found


def _of_media_type(media: str) -> Format | None:
    _, _, suffix = media.rpartition("+")  # application/geo+json: the suffix says how to read it (RFC 6839)
    return next((form for form in declarations() if media in form.media_types or suffix == form.name), None)


def _of_name(name: str) -> Format | None:
    last = name.rpartition("/")[2].lower()
    stem, dot, suffix = last.rpartition(".")
    return next((form for form in declarations() if stem and dot + suffix in form.suffixes), None)


def _of_beginning(data: bytes) -> Format | None:
    """By what only one format begins with, and no more than that: a guess would read something else than was sent."""
    begins = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)
    if begins.startswith(b"<?xml"):
        return declaration("xml")
    if begins.startswith((b"%YAML ", b"---\n", b"---\r\n")):
        return declaration("yaml")
    if data.startswith(b"\xd9\xd9\xf7"):  # self-described CBOR (RFC 8949 §3.4.6)
        return declaration("cbor")
    if begins[:1] in (b"{", b"["):
        try:
            msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError):
            return None
        return declaration("json")
    return None


def _charset(media_type: str) -> str:
    from netloom.wire.http.fields import parse_media_type

    charset = parse_media_type(media_type)[1].get("charset", "")
    return "" if charset.lower() in ("", "utf-8", "utf8", "us-ascii") else charset
