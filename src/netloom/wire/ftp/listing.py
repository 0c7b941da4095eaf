"""What LIST says, which no RFC defines: lines as `ls -l` or as DOS's `dir` has them (RFC 959 §4.1.3)."""

from __future__ import annotations

import datetime
import re

from netloom.errors import LocalProtocolError
from netloom.records import Entry

LINE_LIMIT = 8192
"""Characters in a line of a listing."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)}
_UNIX = re.compile(
    r"(?P<kind>[-dlbcpsD])[-rwxsStTlLa]{9}[+@.]?\s+.{0,200}?(?P<size>\d{1,19})\s+"
    r"(?:(?P<month>[A-Z][a-z]{2})\s+(?P<day>\d{1,2})\s+(?:(?P<year>\d{4})|(?P<hour>\d{1,2}):(?P<minute>\d\d))"
    r"|(?P<date>\d{4}-\d\d-\d\d)\s+(?P<time>\d\d:\d\d)(?::\d\d(?:\.\d+)?(?:\s[+-]\d{4})?)?)"
    r"\s(?P<name>.+)",
    re.ASCII | re.DOTALL,
)
_DOS = re.compile(
    r"(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d|\d{4})\s+(?P<hour>\d\d):(?P<minute>\d\d)\s*(?P<half>[AaPp][Mm])?\s+"
    r"(?:(?P<dir><(?:DIR|JUNCTION|SYMLINKD?)>)\s+|(?P<size>[\d,]{1,26})\s)(?P<name>.+)",
    re.ASCII | re.DOTALL,
)
_KINDS = {"-": "file", "d": "directory", "l": "link"}


def parse(line: str, now: float) -> Entry | None:
    """A line as an entry, or None for what is no file (a total, `.` and `..`, a form that isn't known).

    `now` in Unix seconds: a date without a year is within the year before. Times are taken for UTC.
    """
    line = line.rstrip("\r\n")
    if len(line) > LINE_LIMIT:
        return None
    found = _UNIX.fullmatch(line)
    if found is not None:
        return _unix(found, now)
    found = _DOS.fullmatch(line)
    return _dos(found) if found is not None else None


def _unix(found: re.Match[str], now: float) -> Entry | None:
    name, _, aim = found["name"].partition(" -> ") if found["kind"] == "l" else (found["name"], "", "")
    if name in (".", ".."):
        return None
    kind = _KINDS.get(found["kind"], "other")
    return Entry(
        name=name,
        kind=kind,
        size=int(found["size"]) if kind == "file" else None,
        modified=_moment(found, now),
        value={"target": aim} if aim else None,
    )


def _moment(found: re.Match[str], now: float) -> float | None:
    if found["date"]:
        return _seconds(*map(int, found["date"].split("-")), *map(int, found["time"].split(":")))
    month, day = _NUMBERS.get(found["month"], 0), int(found["day"])
    if found["year"]:
        return _seconds(int(found["year"]), month, day, 0, 0)
    try:
        today = datetime.datetime.fromtimestamp(now, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    clock = int(found["hour"]), int(found["minute"])
    moment = _seconds(today.year, month, day, *clock)
    # A day ahead may be a clock or a time zone ahead; what is further is of the year before
    return moment if moment is not None and moment <= now + 86400 else _seconds(today.year - 1, month, day, *clock)


def _dos(found: re.Match[str]) -> Entry | None:
    if found["name"] in (".", ".."):
        return None
    year, hour = int(found["year"]), int(found["hour"])
    if len(found["year"]) == 2:
        year += 1900 if year >= 70 else 2000
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    digits = (found["size"] or "").replace(",", "")
    return Entry(
        name=found["name"],
        kind="directory" if found["dir"] else "file",
        size=int(digits) if digits else None,
        modified=_seconds(year, int(found["month"]), int(found["day"]), hour, int(found["minute"])),
    )


def _seconds(year: int, month: int, day: int, hour: int, minute: int) -> float | None:
    try:
        return datetime.datetime(year, month, day, hour, minute, tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return None


def emit(entry: Entry, now: float) -> str:
    """A line as `ls -l` has it, in UTC. `now` decides, as there, between the time of day and the year."""
    if not entry.name or any(character in entry.name for character in "\r\n\0"):
        raise LocalProtocolError(f"{entry.name[:60]!r} can't be listed", rule="RFC 959 §4.1.3")
    try:
        moment = datetime.datetime.fromtimestamp(int((entry.modified or 0.0) // 1), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.datetime.fromtimestamp(0, datetime.UTC)
    recent = now - 182 * 86400 < moment.timestamp() <= now
    last = f"{moment:%H:%M}" if recent else f"{moment.year:5}"
    mode = "drwxr-xr-x" if entry.kind == "directory" else "-rw-r--r--"
    date = f"{_MONTHS[moment.month - 1]} {moment.day:2} {last}"
    return f"{mode} 1 netloom netloom {entry.size or 0:>12} {date} {entry.name}"
