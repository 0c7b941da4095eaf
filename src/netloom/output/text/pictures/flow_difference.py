"""A flow that only one of two captures has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.places import ends
from netloom.output.text.words import size, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.comparing.record import FlowDifference


def lines(record: FlowDifference, style: Style, columns: int) -> Iterator[str]:
    """Which, and how much of it."""
    sign, colour = ("-", "red") if record.only == "first" else ("+", "green")
    packets = "packet" if record.packets == 1 else "packets"
    who = f"{style.paint(record.protocol, 'cyan')}  {ends(record, style)}"
    head = f"{style.paint(sign, colour)} flow only in the {record.only}:"
    told = f"{head}  {who}  {record.packets} {packets}, {size(record.octets)}"
    first, *more = wrap(told, columns - 1)
    yield first
    yield from (f"  {line}" for line in more)
