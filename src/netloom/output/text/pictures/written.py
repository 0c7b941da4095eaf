"""A capture file that was written: what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, seconds, size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.captures.record import Written


def lines(record: Written, style: Style, columns: int) -> Iterator[str]:
    """Its name, then how much is in it, and over which time."""
    packets = "packet" if record.frames == 1 else "packets"
    told = [f"{record.frames} {packets}", size(record.octets)]
    if record.first is not None and record.last is not None:
        told.append(seconds(record.last - record.first))
    if record.lost:
        told.append(f"without {', '.join(record.lost)}: {record.format} has no place for them")
    first, *more = wrap(f"{style.paint(clean(record.file), 'bold')}  {f' {style.dot} '.join(told)}", columns - 3)
    yield f"  {first}"
    yield from (f"    {line}" for line in more)
