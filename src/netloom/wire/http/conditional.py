"""Validators and preconditions: is an answer still good, may a change be made (RFC 9110 §8.8, §13)?"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from netloom.wire.http import dates

_TAG = re.compile(r'[ \t,]*((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")')

Lookup = Callable[[str], str | None]
"""Gives the value of a request's field by its name in lower case."""


class Validators(Struct, frozen=True):
    """What a representation has: an entity tag with its quotes, empty for none, and a time in Unix seconds."""

    etag: str = ""
    modified: float | None = None


def tags(value: str) -> list[str]:
    """The entity tags of an If-Match or If-None-Match field; `*` stands for itself."""
    if value.strip() == "*":
        return ["*"]
    found: list[str] = []
    at = 0
    while (tag := _TAG.match(value, at)) is not None:
        found.append(tag[1])
        at = tag.end()
    return found


def is_weak(etag: str) -> bool:
    """Whether a tag tells equivalence only, not equal bytes."""
    return etag.startswith("W/")


def same_strong(a: str, b: str) -> bool:
    """§8.8.3.2: neither is weak and they are equal."""
    return a == b and not is_weak(a) and bool(a)


def same_weak(a: str, b: str) -> bool:
    """§8.8.3.2: equal but for their weakness."""
    return a.removeprefix("W/") == b.removeprefix("W/") and bool(a)


def evaluate(method: str, field: Lookup, present: Validators | None) -> int:
    """0 where the request is to be done, 304 or 412 where its preconditions say otherwise (§13.2.2).

    `present` is what there is now, None for nothing.
    """
    match = field("if-match")
    if match is not None:
        if not _listed(match, present, same_strong):
            return 412
    else:
        unmodified = _date(field("if-unmodified-since"))
        if unmodified is not None and (
            present is None or present.modified is None or int(present.modified) > unmodified
        ):
            return 412
    reads = method in ("GET", "HEAD")
    none_match = field("if-none-match")
    if none_match is not None:
        return (304 if reads else 412) if _listed(none_match, present, same_weak) else 0
    since = _date(field("if-modified-since")) if reads else None
    if since is not None and present is not None and present.modified is not None and int(present.modified) <= since:
        return 304
    return 0


def range_applies(field: Lookup, present: Validators) -> bool:
    """Whether a Range field counts, by If-Range (§13.1.5)."""
    wanted = field("if-range")
    if wanted is None:
        return True
    if wanted.startswith(('"', "W/")):
        return same_strong(wanted, present.etag)
    since = dates.parse(wanted)
    return since is not None and present.modified is not None and int(present.modified) == since


def _date(value: str | None) -> float | None:
    return dates.parse(value) if value else None


def _listed(value: str, present: Validators | None, same: Callable[[str, str], bool]) -> bool:
    wanted = tags(value)
    return present is not None and (wanted == ["*"] or any(same(tag, present.etag) for tag in wanted))
