"""Indexes of directories: the links of an HTML page, and nginx's JSON form, read and written."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, unquote, urljoin, urlsplit

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.records import Entry
from netloom.wire.http import dates

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 100_000
"""Entries of an index that are read."""

_RULE = "an index of nginx's form"
_LINK = re.compile(r"<a\s([^<>]*)>([^<]*)</a>([^<]*)", re.IGNORECASE)
_HREF = re.compile(r"(?:^|\s)href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_DETAILS = re.compile(r"\s+(\d\d)-([A-Z][a-z][a-z])-(\d{4}) (\d\d:\d\d)\s+(\d{1,18}|-)\s*")
_STYLE = "body{font-family:monospace}td{padding-right:2em}td:nth-child(2){text-align:right}"


class _Row(msgspec.Struct, frozen=True, omit_defaults=True):
    name: Annotated[str, msgspec.Meta(min_length=1, pattern="^[^/\\x00]+$")]
    type: str
    mtime: str = ""
    size: Annotated[int, msgspec.Meta(ge=0)] | None = None


def parse_html(page: str, base: str) -> list[Entry]:
    """The entries that an HTML index of the directory `base` (a path that ends in `/`) links to, each once, in order.

    Links that lead elsewhere, up or back (such as those which sort) are left out. Sizes and times: nginx's form.
    `path` is as a URL has it, `name` decoded.
    """
    found: dict[str, Entry] = {}
    for link in _LINK.finditer(page):
        attributes, _, after = link.groups()
        href = _HREF.search(attributes)
        if href is None:
            continue
        name = _child(html.unescape(href[1] or href[2] or href[3] or ""), base)
        if not name or name in found:
            continue
        if len(found) == LIMIT:
            raise RemoteProtocolError(f"an index of more than {LIMIT} entries", rule="HTML")
        size, modified = _details(after)
        found[name] = _entry(name, base, size, modified)
    return list(found.values())


def parse_json(data: bytes, base: str) -> list[Entry]:
    """The entries of an index as nginx's `autoindex_format json` has it. Raises RemoteProtocolError."""
    if data.count(b"{") > LIMIT:  # before they are made: a row as text is a tenth of what it is as an object
        raise RemoteProtocolError(f"an index of more than {LIMIT} entries", rule=_RULE)
    try:
        rows = msgspec.json.decode(data, type=list[_Row])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"this is no index: {error}", rule=_RULE) from None
    return [_from_row(row, base) for row in rows]


def emit_json(entries: Iterable[Entry]) -> bytes:
    """An index as nginx writes it."""
    return msgspec.json.encode([_to_row(entry) for entry in entries])


def emit_html(entries: Iterable[Entry], path: str) -> bytes:
    """An index as a page; `path` is the directory's, decoded."""
    title = html.escape(f"Index of {path}")
    rows = ['<tr><td><a href="../">../</a></td><td></td><td></td></tr>'] if path != "/" else []
    for entry in entries:
        slash = "/" if entry.kind == "directory" else ""
        size = "" if entry.size is None or slash else str(entry.size)
        when = "" if entry.modified is None else dates.emit(int(entry.modified))
        # `./` keeps a colon in a name from looking like a scheme.
        link = f'<a href="./{html.escape(quote(entry.name))}{slash}">{html.escape(entry.name)}{slash}</a>'
        rows.append(f"<tr><td>{link}</td><td>{size}</td><td>{when}</td></tr>")
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{title}</h1>\n<table>\n{chr(10).join(rows)}\n</table></body></html>\n"
    )
    return page.encode("utf-8", "surrogateescape")


def _to_row(entry: Entry) -> _Row:
    size = entry.size if entry.kind != "directory" else None
    return _Row(entry.name, entry.kind, "" if entry.modified is None else dates.emit(int(entry.modified)), size)


def _from_row(row: _Row, base: str) -> Entry:
    return Entry(
        name=row.name,
        path=base + quote(row.name),
        kind="directory" if row.type == "directory" else "file",
        size=row.size,
        modified=dates.parse(row.mtime),
    )


def _child(href: str, base: str) -> str:
    """The name (a directory's with `/`) of what a link leads to, if that stands directly in `base`; else nothing."""
    try:
        parts = urlsplit(urljoin(f"http://here{base}", href.strip()))
    except ValueError:
        return ""
    if parts.scheme != "http" or parts.netloc != "here" or parts.query or (href.startswith("#") and not parts.query):
        return ""
    start, path = unquote(base), unquote(parts.path)
    name = path[len(start) :] if path.startswith(start) else ""
    inner = name.removesuffix("/")
    return name if inner and "/" not in inner and inner not in (".", "..") and "\0" not in inner else ""


def _entry(name: str, base: str, size: int | None, modified: float | None) -> Entry:
    directory = name.endswith("/")
    bare = name.removesuffix("/")
    return Entry(
        name=bare,
        path=base + quote(bare),
        kind="directory" if directory else "file",
        size=None if directory else size,
        modified=modified,
    )


def _details(text: str) -> tuple[int | None, float | None]:
    found = _DETAILS.fullmatch(text)
    if found is None:
        return None, None
    day, month, year, clock, size = found.groups()
    return (int(size) if size != "-" else None), dates.parse(f"{day} {month} {year} {clock}:00")
