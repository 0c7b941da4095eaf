"""A report that was written: where, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.summing.record import Reported


def lines(record: Reported, style: Style, columns: int) -> Iterator[str]:
    """One line where there is room for it."""
    wrong = "1 thing looks wrong" if record.findings == 1 else f"{record.findings} things look wrong"
    told = f"{clean(record.file)} · {size(record.octets)} · {record.packets:,} packets · {wrong}"
    first, *more = wrap(told.replace("·", style.dot), columns - 5)
    yield f"  {style.ok} {first}"
    yield from (f"    {line}" for line in more)
