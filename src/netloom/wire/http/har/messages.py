"""An archive's exchange as HTTP/1.1 would have said it, whatever version it was said in (RFC 9112)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from netloom.wire.http.har.address import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.wire.http.har import Field, Message, Request, Response

_OWN = frozenset((
    "accept-encoding", "connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding",
))  # fmt: skip
"""What is said anew: a body in an archive is free of its codings, and of how it was carried."""
_PLAIN = [("Accept-Encoding", "identity"), ("Connection", "close")]
"""What a question asks for, so that the answer is like the archive's: as it is, and alone on its connection."""
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BREAKS = re.compile(r"[\0\r]")
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_SPACES = re.compile(r"[\0-\x20\x7f]")


def request_octets(request: Request) -> bytes:
    """The question. What would break a line isn't said."""
    parts = split(_SPACES.sub("", request.url))
    target = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=_VISIBLE)
    size = [("Content-Length", str(len(request.body)))] if request.body else []
    first = f"{request.method if _NAME.fullmatch(request.method) else 'GET'} {target} HTTP/1.1"
    return _message(first, [("Host", parts.netloc.rpartition("@")[2]), *_fields(request), *_PLAIN, *size], request.body)


def response_octets(request: Request, response: Response) -> bytes:
    """The answer, after which the connection ends."""
    empty = request.method == "HEAD" or response.status in (204, 304)
    size = [("Content-Length", str(len(response.body)))] if not empty else []
    first = f"HTTP/1.1 {response.status:03} {_SPACES.sub(' ', response.reason)}"
    return _message(first, [*_fields(response), *size, ("Connection", "close")], b"" if empty else response.body)


def _fields(message: Message) -> Iterator[Field]:
    """Browsers put fields of one name into one value, line by line."""
    for name, value in message.fields:
        if _NAME.fullmatch(name) and name.lower() not in _OWN:
            yield from ((name, _BREAKS.sub("", line)) for line in value.split("\n"))


def _message(first: str, fields: list[Field], body: bytes) -> bytes:
    head = [first, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(head).encode("utf-8", "replace") + body
