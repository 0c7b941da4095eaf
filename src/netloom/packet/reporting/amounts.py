"""Amounts in reports: octets, rates, durations, shares and times, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from netloom.packet.summing.bounded import MEMBERS


def size(octets: float) -> str:
    """Octets in decimal units."""
    return scaled(octets, "B")


def bits(rate: float) -> str:
    """Bits a second."""
    return scaled(rate, "bit/s")


def scaled(value: float, unit: str) -> str:
    """A number in three digits at most, with a decimal prefix."""
    for prefix in ("", "k", "M", "G", "T"):
        if abs(value) < 999.5 or prefix == "T":
            digits = f"{value:.0f}" if abs(value) >= 99.5 or (not prefix and value == int(value)) else f"{value:.2g}"
            return f"{digits if abs(value) >= 0.001 or not value else '0'} {prefix}{unit}"
        value /= 1000
    raise AssertionError


def count(value: int, one: str, several: str = "") -> str:
    """A number and what it counts."""
    return f"{value:,} {one if value == 1 else several or one + 's'}"


def told_apart(members: int) -> str:
    """How many there are of what is told apart up to a bound."""
    return f"{members:,}+" if members >= MEMBERS else f"{members:,}"


def duration(seconds: float | None) -> str:
    """A duration in the unit that suits it; a dash where there is none."""
    if seconds is None:
        return "-"
    if not seconds:
        return "0 s"
    if seconds >= 172_800:
        return f"{seconds / 86_400:.3g} days"
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    if seconds >= 120:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s" if seconds % 60 >= 1 else f"{seconds / 60:.0f} min"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    if seconds >= 0.001:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds * 1e6:.3g} µs"


def share(part: float) -> str:
    """A share in percent."""
    value = part * 100
    if not value:
        return "0 %"
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %" if value >= 0.095 else "< 0.1 %"


def moment(unix: float | None) -> str:
    """A time in UTC, so that a report says the same everywhere."""
    if unix is None:
        return "-"
    try:
        return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):  # a capture may claim the year 200,000
        return f"{unix:.0f} s after 1970"


def clock(unix: float, within: float = 3600.0) -> str:
    """A time of day in UTC, as exactly as one wants it within so many seconds, with the day where these are many."""
    form = "%d %b %H:%M" if within >= _DAY else "%H:%M:%S" if within >= _SHORT else "%H:%M:%S.%f"
    try:
        said = datetime.fromtimestamp(unix, UTC).strftime(form)
    except (OverflowError, ValueError, OSError):
        return f"{unix:.0f}"
    if within >= _SHORT:
        return said
    return said[:-5] if within >= 1 else said[:-3]


def until(first: float, last: float) -> str:
    """From one moment to another."""
    if moment(first) == moment(last):
        return moment(first)
    return f"{moment(first)} to {moment(last) if moment(first)[:10] != moment(last)[:10] else clock(last)}"


_SHORT, _DAY = 20.0, 86_400.0
"""Seconds within which parts of them count, and from which on the day has to be told."""
