"""Modified UTF-7, in which mailboxes' names are written where UTF-8 isn't agreed on (RFC 3501 §5.1.3)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode

from netloom.errors import LocalProtocolError, RemoteProtocolError

_RULE = "RFC 3501 §5.1.3"
_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_PLAIN = re.compile(rb"[ -%'-~]*")


def encode(text: str, escaped: str = "") -> bytes:
    """A name in modified UTF-7. Characters of `escaped` are shifted, too, as some file systems need it.

    Raises LocalProtocolError for what isn't Unicode text.
    """
    made = bytearray()
    shifted = ""
    for character in text:
        if " " <= character <= "~" and character not in escaped:
            made += _shift(shifted) + (b"&-" if character == "&" else character.encode("ascii"))
            shifted = ""
        else:
            shifted += character
    return bytes(made + _shift(shifted))


def _shift(text: str) -> bytes:
    if not text:
        return b""
    try:
        coded = b64encode(text.encode("utf-16-be"))
    except UnicodeEncodeError:
        raise LocalProtocolError("the name of a mailbox is Unicode text", rule=_RULE) from None
    return b"&" + coded.rstrip(b"=").replace(b"/", b",") + b"-"


def decode(name: bytes) -> str:
    """A name from modified UTF-7.

    Printable ASCII that was shifted needlessly is taken: directories have names like that, too.
    """
    parts = []
    at = 0
    while at < len(name):
        plain = _PLAIN.match(name, at)
        if plain and plain.end() > at:
            parts.append(plain[0].decode("ascii"))
            at = plain.end()
            continue
        shifted = _SHIFTED.match(name, at)
        if not shifted:
            raise RemoteProtocolError("a mailbox's name isn't modified UTF-7", rule=_RULE, offset=at)
        parts.append(_unshift(shifted[1], at) if shifted[1] else "&")
        at = shifted.end()
    return "".join(parts)


def _unshift(coded: bytes, at: int) -> str:
    try:
        data = b64decode(coded.replace(b",", b"/") + b"=" * (-len(coded) % 4), validate=True)
        return data.decode("utf-16-be")
    except (binascii.Error, ValueError):
        raise RemoteProtocolError("a shifted part of a mailbox's name is broken", rule=_RULE, offset=at) from None
