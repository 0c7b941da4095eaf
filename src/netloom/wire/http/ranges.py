"""Byte ranges: what is asked for, and what a part is (RFC 9110 §14)."""

from __future__ import annotations

import re

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

MANY = 16
"""Ranges in one request that are answered; a request for more gets the whole."""

_SPEC = re.compile(r"(\d*)-(\d*)", re.ASCII)
_CONTENT = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)", re.ASCII)
_WANTED = re.compile(r"(\d+-\d*|-\d+)(,(\d+-\d*|-\d+))*", re.ASCII)
_DIGITS = 18


class ContentRange(Struct, frozen=True):
    """Bytes `start` up to but without `stop`, of `size` (None: unknown). Without a part start and stop are 0."""

    start: int
    stop: int
    size: int | None = None


def requested(spec: str) -> str:
    """The Range field for `0-99`, `500-`, `-500` or several of them. Raises LocalProtocolError."""
    spec = spec.removeprefix("bytes=")
    if not _WANTED.fullmatch(spec):
        raise LocalProtocolError(f"{spec!r} is no range of bytes", rule="RFC 9110 §14.1.1", hint="0-99, 500- or -500")
    return f"bytes={spec}"


def parse(value: str, size: int) -> list[tuple[int, int]] | None:
    """The ranges (start, stop) of a body of `size` bytes that a Range field asks for, those that touch joined.

    None where the field is to be ignored; an empty list where none can be satisfied (416).
    """
    unit, equals, specs = value.partition("=")
    if unit.lower() != "bytes" or not equals:
        return None
    found: list[tuple[int, int]] = []
    parts = specs.split(",")
    if len(parts) > MANY:
        return None
    for part in parts:
        spec = _SPEC.fullmatch(part.strip(" \t"))
        if spec is None or not (spec[1] or spec[2]) or max(len(spec[1]), len(spec[2])) > _DIGITS:
            return None
        if not spec[1]:
            start, stop = max(0, size - int(spec[2])), size
        else:
            start, stop = int(spec[1]), min(int(spec[2]) + 1, size) if spec[2] else size
            if spec[2] and int(spec[2]) < start:
                return None
        if start < stop:
            found.append((start, stop))
    return _joined(found)


def emit_content_range(part: ContentRange) -> str:
    """The Content-Range field."""
    size = "*" if part.size is None else str(part.size)
    return f"bytes {part.start}-{part.stop - 1}/{size}" if part.stop else f"bytes */{size}"


def parse_content_range(value: str) -> ContentRange:
    """Which bytes an answer has. Raises RemoteProtocolError."""
    found = _CONTENT.fullmatch(value.strip(" \t"))
    if found is None:
        raise RemoteProtocolError(f"{value[:40]!r} is no Content-Range", rule="RFC 9110 §14.4", offset=0)
    size = int(found[3]) if found[3] else None
    if not found[1]:
        if size is None:
            raise RemoteProtocolError("a Content-Range says something", rule="RFC 9110 §14.4", offset=0)
        return ContentRange(0, 0, size)
    start, stop = int(found[1]), int(found[2]) + 1
    if start >= stop or (size is not None and stop > size):
        raise RemoteProtocolError(f"{value[:40]!r} is a range that can't be", rule="RFC 9110 §14.4", offset=0)
    return ContentRange(start, stop, size)


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In the order of the request, with those that overlap made one: an answer is never larger than the whole."""
    if len(found) < 2:
        return found
    made: list[tuple[int, int]] = []
    for start, stop in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], stop))
        else:
            made.append((start, stop))
    return found if len(made) == len(found) else made
