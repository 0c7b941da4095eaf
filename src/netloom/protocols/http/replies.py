"""Answers as replies: decoded and bounded bodies, their meta, and answers that are a no (RFC 9110 §8, §15)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from netloom.errors import NetloomError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.links.http.messages import header
from netloom.protocols.http import places
from netloom.wire.http import ranges
from netloom.wire.http.coding import Decoder, Limits
from netloom.wire.http.conditional import is_weak
from netloom.wire.http.fields import parse_media_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.messages import Headers
    from netloom.protocols.http.options import Options
    from netloom.protocols.http.session import Answered

EXCERPT = 64 * 1024
"""Bytes of a body that are kept as text: of an answer that is a no, and of a probe."""
_PLAIN_TO_TLS = "plain HTTP request was sent to HTTPS port"  # nginx's words


async def body_of(answered: Answered, options: Options) -> AsyncIterator[bytes]:
    """The body, its content codings undone, within the limits. Raises RemoteProtocolError, ConnectionLost."""
    response = answered.answer.response
    encoding = header(response.headers, "content-encoding") if options.compressed else None
    decoder = None
    if encoding is not None and response.status != 206:  # a part of something encoded can't be decoded
        decoder = Decoder(encoding, Limits(size=options.max_size, ratio=options.max_ratio))
    size = 0
    async for chunk in answered.answer.chunks():
        if decoder is not None:
            for piece in decoder.feed(chunk):
                yield piece
            continue
        size += len(chunk)
        if size > options.max_size:
            raise RemoteProtocolError(f"a body of more than {options.max_size} bytes", hint="-O max_size=BYTES")
        yield chunk
    if decoder is not None:
        decoder.finish()


async def text_of(answered: Answered, options: Options, limit: int = EXCERPT) -> tuple[str, int]:
    """The beginning of the body as text, up to `limit` bytes, and the size of the whole."""
    first = answered.answer.first
    excerpt = _Excerpt(limit, options.max_size)
    if "content-encoding" not in first:
        while piece := await answered.answer.next():
            excerpt.add(piece)
    else:
        async for piece in body_of(answered, options):
            excerpt.add(piece)
    return _text(excerpt.kept, first.get("content-type", "")), excerpt.size


class _Excerpt:
    """The first `limit` bytes of a body, and the size of the whole, which is to be at most `most`."""

    __slots__ = ("_limit", "_most", "kept", "size")

    def __init__(self, limit: int, most: int) -> None:
        self.kept = b""
        self.size = 0
        self._limit = limit
        self._most = most

    def add(self, piece: bytes) -> None:
        self.kept += piece[: max(0, self._limit - self.size)]
        self.size += len(piece)
        if self.size > self._most:
            raise RemoteProtocolError(f"a body of more than {self._most} bytes", hint="-O max_size=BYTES")


def decoded(data: bytes, headers: Headers) -> str:
    """Bytes as text, by the charset that Content-Type names, or UTF-8."""
    return _text(data, header(headers, "content-type") or "")


def _text(data: bytes, content_type: str) -> str:
    try:
        return data.decode(_charset(content_type), "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


@functools.lru_cache(maxsize=256)
def _charset(content_type: str) -> str:
    return parse_media_type(content_type)[1].get("charset", "utf-8")


def meta_of(answered: Answered) -> dict[str, Any]:
    """What a Reply tells besides the body.

    `validator` is a strong one with which a download can be gone on with, `start` the byte that the body begins at and
    `size` that of the whole, in bytes, where they are known.
    """
    response = answered.answer.response
    headers = response.headers
    meta: dict[str, Any] = {
        "status": response.status,
        "reason": response.reason,
        "version": response.version,
        "url": places.url_of(answered.place),
        "redirects": list(answered.redirects),
        "headers": joined(headers),
        "etag": header(headers, "etag") or "",
        "validator": _validator(headers),
        "start": 0,
        "size": None,
    }
    length = length_of(header(headers, "content-length") or "")
    if response.status == 206 and (part := header(headers, "content-range")) is not None:
        found = ranges.parse_content_range(part)
        meta["start"], meta["size"] = found.start, found.size
    elif header(headers, "content-encoding") is None and answered.method != "HEAD":
        meta["size"] = length
    return meta


def length_of(text: str) -> int | None:
    """What Content-Length says, where it says a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def joined(headers: Headers) -> dict[str, str]:
    """Fields by name, those of one name joined with a comma; several Set-Cookie stand on lines of their own."""
    made = dict(headers)
    if len(made) == len(headers):
        return made
    made = {}
    for name, value in headers:
        separator = "\n" if name == "set-cookie" else ", "
        made[name] = f"{made[name]}{separator}{value}" if name in made else value
    return made


async def check(answered: Answered, options: Options) -> None:
    """Raises PeerRefused or Unauthenticated for a status of 400 and above, with the beginning of its body."""
    if answered.answer.response.status < 400 or not options.fail:
        return
    text = ""
    if answered.method != "HEAD":
        try:
            text, _ = await text_of(answered, options)
        except NetloomError as error:
            text = f"(its body can't be read: {error.message})"
    raise refusal(answered, text)


def refusal(answered: Answered, text: str) -> PeerRefused:
    """A status of 400 and above as an error."""
    response = answered.answer.response
    message = f"{places.url_of(answered.place)} answered {response.status} {response.reason}".rstrip()
    make = Unauthenticated if response.status in (401, 407) else PeerRefused
    return make(message, code=response.status, text=text, hint=_hint(answered, text))


def _hint(answered: Answered, text: str) -> str:
    response, place = answered.answer.response, answered.place
    status = response.status
    if status == 400 and _PLAIN_TO_TLS in text:
        return f"that port speaks TLS: try https://{place.authority}{place.path}"
    if status == 401:
        asked = header(response.headers, "www-authenticate") or ""
        if asked.lower().startswith("bearer"):
            return "it asks for a token: -O token=…"
        return "was the password right?" if place.user else f"it asks who you are: {place.scheme}://USER:PASSWORD@…"
    if status == 405 and (allowed := header(response.headers, "allow")):
        return f"allowed here: {allowed}"
    if status in (429, 503) and (after := header(response.headers, "retry-after")):
        return f"it asks to come back later: Retry-After: {after}"
    if status == 411:
        return "it wants to know the size beforehand: give a smaller body, or another server"
    return ""


def _validator(headers: Headers) -> str:
    """What If-Range may say: a strong tag, or a date where there is none; nothing for what was encoded on the way."""
    if header(headers, "content-encoding") is not None:
        return ""
    etag = header(headers, "etag") or ""
    if etag:
        return "" if is_weak(etag) else etag
    return header(headers, "last-modified") or ""
