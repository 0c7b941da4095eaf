"""Numbers and peers' texts as people read them: durations, sizes, times of day; nothing that a terminal would obey."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTROL = r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_UNSAFE_IN_BODY = r"\x1b(?!\[[0-9;]*m)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ud800-\udfff]"
# A number stays with its unit, an option with what it sets, and no line begins with a dot.
_GAP = r"(?<!-O) (?!(?:·|[mµ]?s|min|[kMGT]?B)(?: |$))"
_ANSI = r"\x1b\[[0-9;]*m"


def seconds(value: float) -> str:
    """A duration in three digits: 84 ms, 1.31 s, 0.42 ms, 2 min 5 s."""
    if value >= 3600:
        return f"{value / 3600:.3g} h"
    if value >= 100:
        return f"{int(value // 60)} min {int(value % 60)} s"
    if value >= 0.9995:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    if value >= 0.00995:
        return f"{value * 1000:.0f} ms"
    if value >= 0.0000995:
        return f"{value * 1000:.1f} ms" if value >= 0.00095 else f"{value * 1000:.2f} ms"
    return f"{value * 1e6:.0f} µs"


def size(count: int) -> str:
    """Bytes in decimal units: 512 B, 1.2 MB."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5:
            return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
    return f"{amount / 1000:.1f} PB"


def clock(at: float) -> str:
    """Unix seconds as the time of day here."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def day(at: float) -> str:
    """Unix seconds as a date and a time here, as a listing has them."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def clean(text: str) -> str:
    """A text on one line, in which whatever a terminal would obey is shown instead."""
    return re.sub(_CONTROL, _escape, text)


def clean_body(text: str) -> str:
    """A text of many lines: line ends, tabs and colours stay, other control characters are shown."""
    return re.sub(_UNSAFE_IN_BODY, _escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte that wasn't UTF-8 (PEP 383)
        code -= 0xDC00
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def width(text: str) -> int:
    """Columns that a text takes on a terminal; colours take none."""
    if "\x1b" in text:
        text = re.sub(_ANSI, "", text)
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if letter < "\u0300":
        return 1
    from unicodedata import combining, east_asian_width

    return 0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """The text, filled up with spaces."""
    return text + " " * (columns - width(text))


def cut(text: str, columns: int) -> str:
    """The text, shortened to so many columns where it is longer (it has no colours)."""
    if width(text) <= columns:
        return text
    kept, taken = [], 1
    for letter in text:
        taken += _columns(letter)
        if taken > columns:
            break
        kept.append(letter)
    return "".join(kept) + "…" if columns > 0 else ""


def wrap(text: str, columns: int) -> Iterator[str]:
    """The text in lines of at most so many columns, broken at spaces, or within a word that is longer than a line.

    What belongs together stays together: 5 ms, -O ttl=8.
    """
    columns = max(columns, 8)
    line, taken = "", 0
    for word in re.split(_GAP, text):
        need = width(word)
        if line and taken + 1 + need > columns:
            yield line
            line, taken = "", 0
        rest = word
        while need > columns:
            head = cut(rest, columns + 1)[:-1]
            yield head
            rest = rest[len(head) :]
            need = width(rest)
        line, taken = (f"{line} {rest}", taken + 1 + need) if line else (rest, need)
    yield line
