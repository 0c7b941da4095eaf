"""A damaged capture: where, and what was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.captures.record import DamagedFile


def lines(record: DamagedFile, style: Style, columns: int) -> Iterator[str]:
    """A warning."""
    kept = "1 packet" if record.frames == 1 else f"{record.frames} packets"
    told = f"{clean(record.file)} is damaged at byte {record.byte}: {record.damaged}; {kept} before it kept"
    first, *more = wrap(told, columns - 5)
    yield f"  {style.paint('!', 'yellow')} {first}"
    yield from (f"    {line}" for line in more)
