"""What was sent: how many packets, how fast, how many were answered, and what wasn't taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, seconds, size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.live.records import SentRecord


def lines(record: SentRecord, style: Style, columns: int) -> Iterator[str]:
    """A line of it, and one for what wasn't taken."""
    said = [
        style.paint(f"{record.packets} packet{'s' if record.packets != 1 else ''} sent", "bold"),
        size(record.octets),
        seconds(record.seconds),
        f"{record.rate:,.0f} a second" if record.packets > 1 and record.rate else "",
        f"{record.answered} answered" if record.answered else "",
    ]
    yield from (f"  {line}" for line in wrap(f" {style.dot} ".join(filter(None, said)), columns - 3))
    if record.refused:
        told = f"{record.refused} not taken: {clean(record.problem)}"
        yield from (f"    {style.paint(line, 'yellow')}" for line in wrap(told, columns - 5))
