"""A URL's path and query as options, and back (RFC 7252 §6.4, §6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from netloom.errors import LocalProtocolError
from netloom.wire.coap.codes import URI_PATH, URI_QUERY

if TYPE_CHECKING:
    from netloom.wire.coap.message import Message

_SEGMENT = "!$&'()*+,;=:@"
_ARGUMENT = "!$'()*+,;=:@/?"
_LIMIT = 255


def path_options(path: str) -> list[tuple[int, bytes]]:
    """Uri-Path for each segment. Raises LocalProtocolError."""
    if path in ("", "/"):
        return []
    return [(URI_PATH, _value(segment)) for segment in path.removeprefix("/").split("/")]


def query_options(query: str) -> list[tuple[int, bytes]]:
    """Uri-Query for each argument. Raises LocalProtocolError."""
    return [(URI_QUERY, _value(argument)) for argument in query.split("&")] if query else []


def path_of(message: Message) -> str:
    """A message's path, percent-encoded, with its slash."""
    return "/" + "/".join(quote(segment, safe=_SEGMENT) for segment in message.values(URI_PATH))


def query_of(message: Message) -> str:
    """A message's query, percent-encoded, without its question mark."""
    return "&".join(quote(argument, safe=_ARGUMENT) for argument in message.values(URI_QUERY))


def _value(text: str) -> bytes:
    found = unquote_to_bytes(text)
    if len(found) > _LIMIT or found in (b".", b".."):
        raise LocalProtocolError(f"{text[:40]!r} can't be said: 255 octets, no dots alone", rule="RFC 7252 §5.10.1")
    return found
