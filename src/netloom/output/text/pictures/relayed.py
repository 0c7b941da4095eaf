"""A relayed connection: who came, where it went on to, how much passed each way, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import Status
from netloom.output.text.words import clean, clock, pad, seconds, size, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.relaying.relay import Relayed

_ROOM = 21


def lines(record: Relayed, style: Style, columns: int) -> Iterator[str]:
    """On one line where there is room."""
    peer = clean(record.peer)
    wide = columns >= 70
    begin = f"  {style.paint(clock(record.at), 'dim')}  {pad(peer, _ROOM) if wide else peer} {style.arrow} "
    good = record.status is Status.SUCCESS
    said = [
        clean(record.target),
        f"{size(record.sent)} there, {size(record.received)} back",
        "" if good else style.paint(f"{record.status.value.replace('_', ' ')}: {clean(record.message)}", "red"),
        style.paint(seconds(record.duration), "dim"),
    ]
    first, *more = wrap("  ".join(filter(None, said)), max(columns - width(begin) - 1, 20))
    yield begin + first
    indent = width(begin) if wide else 12
    yield from (" " * indent + line for line in more)
