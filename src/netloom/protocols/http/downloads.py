"""A file or a directory's index as an answer: validators, conditions, ranges and types (RFC 9110 §8, §13, §14)."""

from __future__ import annotations

import functools
import mimetypes
import secrets
from typing import TYPE_CHECKING

from netloom.links.http.messages import header
from netloom.records import Entry as Listed
from netloom.wire.http import conditional, dates, index, ranges
from netloom.wire.http.conditional import Validators
from netloom.wire.http.fields import negotiate
from netloom.wire.http.ranges import ContentRange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.contents.files import Files, OpenFile
    from netloom.contents.files.tree import Entry
    from netloom.links.http.exchange import Exchange
    from netloom.links.http.messages import Headers

_AT_ONCE = 256 * 1024
_RANGES = ("accept-ranges", "bytes")
_NOSNIFF = ("x-content-type-options", "nosniff")
_COMPRESSED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "br": "application/x-brotli",
}
_TEXTS = frozenset({"application/json", "application/xml", "application/javascript", "image/svg+xml"})

Part = tuple[int, int]


async def file(exchange: Exchange, content: Files, path: str) -> None:
    """A file: 200, 206, 304, 412 or 416."""
    async with content.open(path) as opened:
        entry = opened.entry
        present = describe(entry)
        fields = _state(present.etag, int(entry.modified))
        request = exchange.request
        field = dict(reversed(request.headers)).get  # of several with one name the first
        status = conditional.evaluate(request.method, field, present)
        if status:
            await exchange.respond(status, fields)
            return
        wanted = field("range") if request.method == "GET" else None
        parts = None
        if wanted is not None and conditional.range_applies(field, present):
            parts = ranges.parse(wanted, entry.size)
        if parts is None:
            kind = ("content-type", content_type(entry.name))
            await _send(exchange, opened, 200, (kind, *fields, _RANGES), (0, entry.size))
        elif not parts:
            gone = ranges.emit_content_range(ContentRange(0, 0, entry.size))
            await exchange.respond(416, (("content-range", gone), *fields, _RANGES))
        elif len(parts) == 1:
            kind = ("content-type", content_type(entry.name))
            said = ("content-range", ranges.emit_content_range(ContentRange(*parts[0], entry.size)))
            await _send(exchange, opened, 206, (kind, said, *fields, _RANGES), parts[0])
        else:
            await _send_parts(exchange, opened, (*fields, _RANGES), parts)


async def directory(exchange: Exchange, content: Files, path: str) -> None:
    """A directory's index: a page, or nginx's JSON where that is preferred."""
    media = negotiate(header(exchange.request.headers, "accept"), ("text/html", "application/json"))
    entries = [
        Listed(
            name=entry.name,
            kind=entry.kind,
            size=entry.size if entry.kind == "file" else None,
            modified=entry.modified,
        )
        for entry in await content.list(path)
    ]
    fields = [("vary", "accept"), ("cache-control", "no-cache"), _NOSNIFF]
    if media == "application/json":
        await exchange.respond(200, [("content-type", media), *fields], index.emit_json(entries))
        return
    policy = ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
    page = index.emit_html(entries, path if path.endswith("/") else f"{path}/")
    await exchange.respond(200, [("content-type", "text/html; charset=utf-8"), policy, *fields], page)


@functools.lru_cache(maxsize=1024)
def _state(etag: str, modified: int) -> Headers:
    """What is said of one state of a file, whatever is answered."""
    return (("etag", etag), ("last-modified", dates.emit(modified)), _NOSNIFF)


def describe(entry: Entry) -> Validators:
    """What tells one state of a file from another."""
    return Validators(f'"{entry.etag}"', entry.modified)


@functools.lru_cache(maxsize=1024)
def content_type(name: str) -> str:
    """A file's media type by its name; text is in UTF-8. What is compressed is told as that, not as what it holds."""
    kind, coding = mimetypes.guess_type(name)
    if coding is not None:
        return _COMPRESSED.get(coding, "application/octet-stream")
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind in _TEXTS else kind


async def _send(exchange: Exchange, opened: OpenFile, status: int, fields: Headers, part: Part) -> None:
    """The bytes of one part: at once where they are few, otherwise as they are read."""
    start, stop = part
    if exchange.request.method == "HEAD":
        await exchange.respond(status, (*fields, ("content-length", str(stop - start))))
    elif stop - start <= _AT_ONCE:
        await exchange.respond(status, fields, await opened.whole(start, stop))
    else:
        await exchange.respond(status, (*fields, ("content-length", str(stop - start))), opened.read(start, stop))


async def _send_parts(exchange: Exchange, opened: OpenFile, fields: Headers, parts: list[Part]) -> None:
    """Several ranges, as multipart/byteranges (§14.6)."""
    boundary = secrets.token_hex(16)
    kind = content_type(opened.entry.name)
    heads = []
    for part in parts:
        said = ranges.emit_content_range(ContentRange(*part, opened.entry.size))
        heads.append(f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {said}\r\n\r\n".encode())
    end = f"--{boundary}--\r\n".encode()
    size = sum(len(head) + stop - start + 2 for head, (start, stop) in zip(heads, parts, strict=True)) + len(end)

    async def body() -> AsyncIterator[bytes]:
        for head, (start, stop) in zip(heads, parts, strict=True):
            yield head
            async for chunk in opened.read(start, stop):
                yield chunk
            yield b"\r\n"
        yield end

    media = ("content-type", f"multipart/byteranges; boundary={boundary}")
    await exchange.respond(206, (media, *fields, ("content-length", str(size))), body())
