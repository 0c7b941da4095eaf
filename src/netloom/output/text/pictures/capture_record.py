"""What a capture brought: how much, what was lost, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, seconds, size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.live.records import CaptureRecord


def lines(record: CaptureRecord, style: Style, columns: int) -> Iterator[str]:
    """A line of it, and one for each file."""
    lost = f"{record.dropped} dropped"
    said = [
        style.paint(f"{record.packets} packet{'s' if record.packets != 1 else ''}", "bold"),
        size(record.octets),
        seconds(record.last - record.first) if record.first is not None and record.last is not None else "",
        f"on {clean(', '.join(record.interfaces))}",
        style.paint(lost, "red") if record.dropped else lost,
    ]
    yield from (f"  {line}" for line in wrap(f" {style.dot} ".join(filter(None, said)), columns - 3))
    yield from (f"    {clean(name)}" for name in record.files)
