"""What a request carries: a message, a form, parts with files, or a stream of which only the beginning is known."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import UsageError
from netloom.wire.http import forms

if TYPE_CHECKING:
    from netloom.protocols.http.options import Options

_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
    "binary": "application/octet-stream",
}
_CHUNK = 256 * 1024
_GATHERED = 1 << 20


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A body to send. `make` gives it anew, except where it is `once`; `size` in bytes, None where it isn't known."""

    content_type: str
    make: Callable[[], bytes | AsyncIterator[bytes]]
    size: int | None = None
    once: bool = False


def of_message(payload: bytes, options: Options, kind: str = "") -> Outgoing | None:
    """The body that options and a payload make; None for an empty one. `kind` is the payload's media type where the
    options name none. Raises UsageError for two bodies at once."""
    given = [name for name in ("json", "form", "multipart") if getattr(options, name)]
    if len(given) + bool(payload) > 1:
        raise UsageError(
            f"a request has one body, but there are {' and '.join([*given, *['a message'][: bool(payload)]])}"
        )
    if options.multipart:
        return _multipart(options)
    if options.form:
        return _known(
            forms.urlencoded(forms.parse_field(text) for text in options.form), media_type(options) or _TYPES["form"]
        )
    if options.json:
        return _known(forms.json_object(options.json), media_type(options) or _TYPES["json"])
    return _known(payload, media_type(options) or kind or guess(payload)) if payload else None


async def of_stream(body: AsyncIterator[bytes], path: str, options: Options, kind: str = "") -> Outgoing:
    """The body of a PUT. A short one is gathered, so that its size can be said and it can be sent again."""
    kind = media_type(options) or kind or mimetypes.guess_type(path)[0] or _TYPES["binary"]
    gathered: list[bytes] = []
    size = 0
    async for chunk in body:
        gathered.append(chunk)
        size += len(chunk)
        if size > _GATHERED:
            return Outgoing(content_type=kind, make=lambda: _and_then(gathered, body), once=True)
    return _known(b"".join(gathered), kind)


def media_type(options: Options) -> str:
    """The media type that the options name; empty where they name none."""
    return _TYPES.get(options.type, options.type)


def guess(payload: bytes) -> str:
    """JSON, text or any bytes: what a payload looks like."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return _TYPES["binary"]
    if text.lstrip()[:1] in ("{", "["):
        try:
            msgspec.json.decode(text, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError):
            return _TYPES["text"]
        return _TYPES["json"]
    return _TYPES["text"]


def _known(data: bytes, kind: str) -> Outgoing:
    return Outgoing(content_type=kind, make=lambda: data, size=len(data))


def _multipart(options: Options) -> Outgoing:
    boundary = f"netloom-{secrets.token_hex(16)}"
    parts = [_with_type(forms.parse_part(text)) for text in options.multipart]
    heads = [forms.head(part, boundary) for part in parts]
    end = forms.tail(boundary)
    size = sum(len(head) + _size_of(part) + 2 for head, part in zip(heads, parts, strict=True)) + len(end)

    async def make() -> AsyncIterator[bytes]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            if part.file:
                async for chunk in _read(Path(part.file)):
                    yield chunk
            else:
                yield part.data
            yield b"\r\n"
        yield end

    return Outgoing(content_type=f"multipart/form-data; boundary={boundary}", make=make, size=size)


def _with_type(part: forms.Part) -> forms.Part:
    if not part.file or part.content_type:
        return part
    return msgspec.structs.replace(part, content_type=mimetypes.guess_type(part.file)[0] or _TYPES["binary"])


def _size_of(part: forms.Part) -> int:
    if not part.file:
        return len(part.data)
    try:
        return Path(part.file).stat().st_size
    except OSError as error:
        raise UsageError(
            f"{part.file} can't be read: {error.strerror}", hint=f"{part.name}=@FILE names a file"
        ) from None


async def _read(place: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(place.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


async def _and_then(gathered: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in gathered:
        yield chunk
    gathered.clear()
    async for chunk in rest:
        yield chunk
