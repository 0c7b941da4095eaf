"""Times: when packets passed, moved and stretched, to the nanosecond."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from netloom.errors import UsageError

_NANO = 1_000_000_000


class Times:
    """Times by the first one: it becomes `at` (None: it stays), or moves by `shift`; gaps are divided by `speed`."""

    def __init__(self, *, shift: int = 0, at: int | None = None, speed: float = 1.0) -> None:
        self._shift = shift
        self._at = at
        self._speed = Fraction(repr(speed))
        self._first: int | None = None

    def of(self, time: int) -> int:
        """A packet's time as it becomes, in nanoseconds."""
        if self._first is None:
            self._first = time
        begin = self._first if self._at is None else self._at
        gap = time - self._first
        return begin + self._shift + (gap if self._speed == 1 else round(gap / self._speed))


def nanoseconds(seconds: float) -> int:
    """Seconds as they were spelled, without what binary fractions make of them."""
    return round(Decimal(repr(seconds)) * _NANO)


def moment(text: str) -> int:
    """A time: seconds since 1970, or ISO 8601, in the local zone where it names none. Raises UsageError."""
    try:
        return round(Decimal(text) * _NANO)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    try:
        told = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(f"{text[:40]!r} is no time", hint="2026-11-21T08:00:00Z, or seconds since 1970") from None
    return round(Decimal(int(told.replace(microsecond=0).timestamp())) * _NANO) + told.microsecond * 1000
