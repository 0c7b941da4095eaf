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

_AT_ONCE = 64 * 1024
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
        present = describe(opened.entry)
        request = exchange.request
        field = dict(reversed(request.headers)).get  # of several with one name the first
        fields = [("etag", present.etag), ("last-modified", dates.emit(int(opened.entry.modified))), _NOSNIFF]
        status = conditional.evaluate(request.method, field, present)
        if status:
            await exchange.respond(status, fields)
            return
        kind = content_type(opened.entry.name)
        fields += [("accept-ranges", "bytes")]
        wanted = field("range") if request.method == "GET" else None
        parts = None
        if wanted is not None and conditional.range_applies(field, present):
            parts = ranges.parse(wanted, opened.entry.size)
        if parts is None:
            await _send(exchange, opened, 200, [("content-type", kind), *fields], (0, opened.entry.size))
        elif not parts:
            gone = ranges.emit_content_range(ContentRange(0, 0, opened.entry.size))
            await exchange.respond(416, [("content-range", gone), *fields])
        elif len(parts) == 1:
            said = ranges.emit_content_range(ContentRange(*parts[0], opened.entry.size))
            await _send(exchange, opened, 206, [("content-type", kind), ("content-range", said), *fields], parts[0])
        else:
            await _send_parts(exchange, opened, fields, parts)


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


async def _send(exchange: Exchange, opened: OpenFile, status: int, fields: list[tuple[str, str]], part: Part) -> None:
    """The bytes of one part: at once where they are few, otherwise as they are read."""
    start, stop = part
    if exchange.request.method == "HEAD":
        await exchange.respond(status, [*fields, ("content-length", str(stop - start))])
    elif stop - start <= _AT_ONCE:
        data = b"".join([chunk async for chunk in opened.read(start, stop)])
        await exchange.respond(status, fields, data)
    else:
        await exchange.respond(status, [*fields, ("content-length", str(stop - start))], opened.read(start, stop))


async def _send_parts(exchange: Exchange, opened: OpenFile, fields: list[tuple[str, str]], parts: list[Part]) -> None:
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
    await exchange.respond(206, [media, *fields, ("content-length", str(size))], body())
