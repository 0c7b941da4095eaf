"""Sets of messages by number, such as `1:4,7,9:*` (RFC 9051 §9 sequence-set, RFC 5182 `$`)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netloom.wire.imap.tokens import Cursor

RANGES_LIMIT = 10_000
"""Ranges in one set."""
LAST = 0
"""Stands for `*`, the largest number in use."""

_SET = re.compile(rb"\$|[0-9*:,]+")
_RANGE = re.compile(rb"(\*|[1-9][0-9]{0,9})(?::(\*|[1-9][0-9]{0,9}))?")


class Numbers(Struct, frozen=True):
    """Ranges from one number to another, both in it; LAST is the largest in use. `saved` is `$`: the last result."""

    ranges: tuple[tuple[int, int], ...] = ()
    saved: bool = False

    def resolve(self, numbers: Sequence[int]) -> list[int]:
        """Those of some ascending numbers that are in the set, ascending and each once."""
        if not numbers:
            return []
        last = numbers[-1]
        spans = sorted(
            (min(low, high), max(low, high))
            for low, high in ((first or last, second or last) for first, second in self.ranges)
        )
        found: list[int] = []
        passed = 0
        for low, high in spans:
            begin = max(bisect_left(numbers, low), passed)
            end = bisect_right(numbers, high)
            if end > begin:
                found += numbers[begin:end]
                passed = end
        return found


def read(cursor: Cursor) -> Numbers:
    """The set that comes next."""
    text = cursor.match(_SET, "a set of messages")[0]
    if text == b"$":
        return Numbers(saved=True)
    pieces = text.split(b",")
    if len(pieces) > RANGES_LIMIT:
        cursor.fail(f"a set of more than {RANGES_LIMIT} ranges")
    ranges = []
    for piece in pieces:
        found = _RANGE.fullmatch(piece)
        if found is None:
            cursor.fail(f"{piece[:40]!r} is no range of messages")
        low = _number(found[1])
        ranges.append((low, low if found[2] is None else _number(found[2])))
    return Numbers(tuple(ranges))


def _number(text: bytes) -> int:
    if text == b"*":
        return LAST
    number = int(text)
    if number > 2**32 - 1:
        raise RemoteProtocolError("a message's number has 32 bits", rule="RFC 9051 §9")
    return number


def emit(chosen: Numbers) -> bytes:
    """A set as it is said; an empty one can't be."""
    if chosen.saved:
        return b"$"
    if not chosen.ranges:
        raise LocalProtocolError("a set of messages isn't empty", rule="RFC 9051 §9")
    return b",".join(_shown(low) if low == high else _shown(low) + b":" + _shown(high) for low, high in chosen.ranges)


def _shown(number: int) -> bytes:
    if not 0 <= number < 2**32:
        raise LocalProtocolError("a message's number has 32 bits", rule="RFC 9051 §9")
    return b"%d" % number if number else b"*"


def of(numbers: Iterable[int]) -> Numbers:
    """The shortest set of some numbers."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return Numbers(tuple(ranges))


def compact(numbers: Iterable[int]) -> bytes:
    """Some numbers as the shortest set, as it is said; empty where there are none."""
    found = of(numbers)
    return emit(found) if found.ranges else b""
