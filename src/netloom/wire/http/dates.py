"""Dates in HTTP fields and cookies (RFC 9110 §5.6.7, RFC 6265 §5.1.1)."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DELIMITER = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)", re.ASCII)
_DAY = re.compile(r"(\d{1,2})(?!\d)", re.ASCII)
_YEAR = re.compile(r"(\d{2,4})(?!\d)", re.ASCII)
_LIMIT = 100
_LAST = 253402300799.0  # the end of the year 9999


@functools.lru_cache(maxsize=64)
def emit(seconds: int) -> str:
    """Unix seconds as an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`; capped to the years 1 to 9999."""
    at = datetime.fromtimestamp(min(max(seconds, -62135596800), int(_LAST)), UTC)
    clock = f"{at.hour:02}:{at.minute:02}:{at.second:02}"
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {clock} GMT"


def parse(text: str) -> float | None:
    """Unix seconds of a date in any of the three forms of RFC 9110, or as cookies have them; None for anything else."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITER.split(text[:_LIMIT]):
        if clock is None and (found := _TIME.match(token)):
            clock = (int(found[1]), int(found[2]), int(found[3]))
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and token[:3].title() in _MONTHS:
            month = _MONTHS.index(token[:3].title()) + 1
        elif year is None and (found := _YEAR.match(token)):
            year = int(found[1])
    if clock is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    try:
        return datetime(year, month, day, *clock, tzinfo=UTC).timestamp()
    except ValueError:
        return None
