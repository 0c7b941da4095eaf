"""An answer to a packet that was sent: to which one, how long after, from whom, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.places import ends
from netloom.output.text.words import clean, pad, seconds, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.live.records import AnswerRecord

_ROOM = 44
"""Columns that two ends usually need."""


def lines(record: AnswerRecord, style: Style, columns: int) -> Iterator[str]:
    """One line where there is room for it."""
    who = ends(record, style)
    wide = columns >= 100
    begin = f"{record.answers:>5}  {pad(seconds(record.seconds), 8)}  {pad(who, _ROOM) if wide else who}  "
    said = [style.paint(record.protocol, "red" if record.is_error else "cyan"), clean(record.words)]
    said += [style.paint(name, "red") for name in record.anomalies]
    first, *more = wrap("  ".join(filter(None, said)), max(columns - width(begin) - 1, 20))
    yield begin + first
    yield from (" " * (width(begin) if wide else 7) + line for line in more)
