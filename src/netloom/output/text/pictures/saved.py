"""Columns that were written: where, how many rows, in how many octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.saving import Saved


def lines(record: Saved, style: Style, columns: int) -> Iterator[str]:
    """One line where there is room for it."""
    rows = "1 row" if record.rows == 1 else f"{record.rows:,} rows"
    told = f"{clean(record.file)} · {rows} · {size(record.octets)}"
    first, *more = wrap(told.replace("·", style.dot), columns - 5)
    yield f"  {style.ok} {first}"
    yield from (f"    {line}" for line in more)
