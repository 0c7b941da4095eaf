"""What forms send: urlencoded and multipart bodies, and fields as people write them (WHATWG URL §5, RFC 7578)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.http.fields import check_field, parse_media_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORBIDDEN = re.compile(r"[\x00\r\n]")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=?]{1,70}")
_EXTRA = re.compile(r";(type|filename)=([^;]*)")


class Part(Struct, frozen=True, kw_only=True):
    """One part of a multipart body. `file` is the path of a file whose bytes are its content, instead of `data`."""

    name: str
    data: bytes = b""
    filename: str | None = None
    content_type: str = ""
    file: str = ""


def urlencoded(fields: Iterable[tuple[str, str]]) -> bytes:
    """`a=1&b=2` in UTF-8."""
    return urlencode(list(fields)).encode("ascii")


def head(part: Part, boundary: str) -> bytes:
    """What stands before a part's content. LocalProtocolError for CR, LF or NUL in what it says (RFC 7578 §4.2)."""
    if not _BOUNDARY.fullmatch(boundary):
        raise LocalProtocolError(f"{boundary!r} is no boundary", rule="RFC 2046 §5.1.1")
    disposition = f'form-data; name="{_escaped(part.name)}"'
    if part.filename is not None:
        disposition += f'; filename="{_escaped(part.filename)}"'
    lines = [f"--{boundary}", f"Content-Disposition: {disposition}"]
    if part.content_type:
        if not parse_media_type(part.content_type)[0]:
            raise LocalProtocolError(f"{part.content_type!r} is no media type", rule="RFC 9110 §8.3.1")
        lines.append(f"Content-Type: {check_field('content-type', part.content_type)[1]}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def tail(boundary: str) -> bytes:
    """What ends the body."""
    return f"--{boundary}--\r\n".encode()


def multipart(parts: Sequence[Part], boundary: str) -> bytes:
    """A whole multipart/form-data body of parts in memory. Raises LocalProtocolError where one holds the boundary."""
    made = []
    for part in parts:
        if f"--{boundary}".encode() in part.data:
            raise LocalProtocolError("a part contains the boundary", rule="RFC 2046 §5.1.1")
        made += [head(part, boundary), part.data, b"\r\n"]
    return b"".join([*made, tail(boundary)])


def parse_field(text: str) -> tuple[str, str]:
    """`NAME=VALUE`. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"a form's field is NAME=VALUE, not {text[:40]!r}")
    return name, value


def parse_part(text: str) -> Part:
    """`NAME=VALUE` or `NAME=@FILE`, then `;type=…` and `;filename=…` as curl has it. Raises UsageError."""
    name, value = parse_field(text)
    if not value.startswith("@"):
        return Part(name=name, data=value.encode())
    file, _, _ = value[1:].partition(";")
    extra = dict(_EXTRA.findall(value[1 + len(file) :]))
    if not file:
        raise UsageError(f"{name}=@ names no file", hint=f"{name}=@FILE;type=image/png")
    filename = extra.get("filename", re.split(r"[/\\]", file)[-1])
    return Part(name=name, file=file, filename=filename, content_type=extra.get("type", ""))


def json_object(items: Iterable[str]) -> bytes:
    """An object from `NAME=TEXT` and `NAME:=JSON`, as HTTPie has it. Raises UsageError."""
    made: dict[str, object] = {}
    for item in items:
        found = re.match(r"([^=:]+)(:?=)(.*)", item, re.DOTALL)
        if found is None:
            raise UsageError(f"a JSON field is NAME=TEXT or NAME:=JSON, not {item[:40]!r}")
        name, kind, value = found.groups()
        try:
            made[name] = msgspec.json.decode(value) if kind == ":=" else value
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise UsageError(f"{name}:= is no JSON: {error}", hint=f"for a text: {name}={value[:20]}") from None
    return msgspec.json.encode(made)


def _escaped(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise LocalProtocolError("a part's name or file name has CR, LF or NUL", rule="RFC 7578 §4.2")
    return text.replace('"', "%22")  # as the WHATWG's form submission has it
