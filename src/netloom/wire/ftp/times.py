"""Moments as MDTM and MLST have them: digits, in UTC (RFC 3659 §2.3)."""

from __future__ import annotations

import datetime
import re

from netloom.errors import LocalProtocolError, RemoteProtocolError

_RULE = "RFC 3659 §2.3"
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,18}))?", re.ASCII)


def parse(text: str) -> float:
    """`YYYYMMDDHHMMSS[.sss]` in Unix seconds. Raises RemoteProtocolError."""
    # Servers of the year 2000 said 19100 for it, as RFC 3659 §2.3 has foreseen
    found = _TIME.fullmatch(f"20{text[3:]}" if text.startswith("191") and len(text.partition(".")[0]) == 15 else text)
    if found is None:
        raise RemoteProtocolError(f"{text[:40]!r} is no time: YYYYMMDDHHMMSS", rule=_RULE)
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    try:
        # A leap second is the one before
        whole = datetime.datetime(year, month, day, hour, minute, min(second, 59), tzinfo=datetime.UTC)
        seconds = whole.timestamp()
    except (ValueError, OverflowError):
        raise RemoteProtocolError(f"{text[:40]!r} is no moment", rule=_RULE) from None
    return seconds + float(f"0.{found[7]}") if found[7] else seconds


def emit(seconds: float) -> str:
    """Unix seconds as `YYYYMMDDHHMMSS`; a fraction is left out, as most servers do."""
    try:
        moment = datetime.datetime.fromtimestamp(int(seconds // 1), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise LocalProtocolError(f"{seconds} is no moment of the years 1 to 9999", rule=_RULE) from None
    return f"{moment.year:04}{moment:%m%d%H%M%S}"
