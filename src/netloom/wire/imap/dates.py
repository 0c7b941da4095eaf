"""IMAP's dates: `1-Feb-2026`, and with time and zone (RFC 9051 §9 date, date-time)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from netloom.errors import LocalProtocolError, RemoteProtocolError

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}
_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", re.ASCII)
_DATE_TIME = re.compile(r"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)
_RULE = "RFC 9051 §9"


def parse_date(text: str) -> date:
    """A day, such as 1-Feb-2026."""
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date(int(found[3]), _NUMBERS[found[2].lower()], int(found[1]))
    except (ValueError, KeyError):
        raise RemoteProtocolError(f"{text[:40]!r} is no date: 1-Feb-2026", rule=_RULE) from None


def emit_date(day: date) -> bytes:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}".encode("ascii")


def parse_date_time(text: str) -> float:
    """A moment in Unix seconds, from `17-Jul-2026 02:44:25 -0700`."""
    found = _DATE_TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        zone = timedelta(hours=int(found[8]), minutes=int(found[9]))
        moment = datetime(
            int(found[3]), _NUMBERS[found[2].lower()], int(found[1]), int(found[4]), int(found[5]),
            min(int(found[6]), 59),  # a leap second
            tzinfo=timezone(-zone if found[7] == "-" else zone),
        )  # fmt: skip
        return moment.timestamp()
    except (ValueError, KeyError, OverflowError):
        raise RemoteProtocolError(
            f"{text[:40]!r} is no date with time: 17-Jul-2026 02:44:25 -0700", rule=_RULE
        ) from None


def emit_date_time(moment: float) -> bytes:
    """Unix seconds as a date with time, in UTC and without quotes."""
    try:
        at = datetime.fromtimestamp(int(moment), UTC)
    except (ValueError, OverflowError, OSError):
        raise LocalProtocolError(f"{moment!r} is no moment", rule=_RULE) from None
    return b"%2d-%b-%04d %02d:%02d:%02d +0000" % (
        at.day, _MONTHS[at.month - 1].encode("ascii"), at.year, at.hour, at.minute, at.second,
    )  # fmt: skip
