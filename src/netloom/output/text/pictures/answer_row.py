"""A row of an answer: its columns by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom.output.text.words import clean, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.record import AnswerRow


def lines(record: AnswerRow, style: Style, columns: int) -> Iterator[str]:
    """Values, each behind its name."""
    shown = (f"{style.paint(clean(name), 'dim')} {_value(value)}" for name, value in record.row.items())
    yield from (f"  {line}" for line in wrap("  ".join(shown), columns - 3))


def _value(value: object) -> str:
    if value is None:
        return "-"
    return (
        clean(value) if isinstance(value, str) else clean(msgspec.json.encode(value, enc_hook=str).decode().strip('"'))
    )
