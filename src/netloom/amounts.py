"""Amounts with their units in words: `500ms`, `64KiB`, `30%`."""

from __future__ import annotations

import re

UNITS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0,
    "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0,
    "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "%": 0.01,
}  # fmt: skip
"""Seconds, octets and shares, each as a multiple of its unit."""
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([A-Za-zµ%]*)$")


def amount(text: str) -> float | None:
    """A number, in seconds, octets or of 1 where it has a unit; None for what is none."""
    number = _NUMBER.match(text)
    if number is None or (number[2] and number[2] not in UNITS):
        return None
    found = float(number[1]) * UNITS.get(number[2], 1.0)
    return int(found) if found.is_integer() and not number[2] else found
