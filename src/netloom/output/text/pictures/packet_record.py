"""A packet: when, who to whom, what, and what else it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.places import ends
from netloom.output.text.words import clean, pad, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.record import PacketRecord

_ROOM = 44
"""Columns that two ends usually need."""


def lines(record: PacketRecord, style: Style, columns: int) -> Iterator[str]:
    """One line where there is room for it."""
    when = style.paint(_clock(record.time), "dim")
    who = ends(record, style)
    wide = columns >= 100
    begin = f"{record.number:>5}  {when}  {pad(who, _ROOM) if wide else who}  "
    said = [style.paint(record.protocol, "cyan"), clean(record.words)]
    said += (
        [style.paint(f"{record.captured} of {record.length} octets", "dim")] if record.captured < record.length else []
    )
    said += [style.paint(name, "red") for name in record.anomalies]
    indent = width(begin) if wide else 7
    first, *more = wrap("  ".join(filter(None, said)), max(columns - width(begin) - 1, 20))
    yield begin + first
    yield from (" " * indent + line for line in more)


def _clock(time: float | None) -> str:
    """To the microsecond, in the local zone."""
    if time is None:
        return "-" * 15
    from datetime import datetime

    return datetime.fromtimestamp(time).astimezone().strftime("%H:%M:%S.%f")
