"""A packet that differs between two captures: where it is, and what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.places import ends
from netloom.output.text.words import clean, pad, seconds, width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.comparing.record import FieldChange, PacketDifference

_INDENT = 15
_ROOM = 25
"""Columns that what a packet says needs beside its ends."""
_SIGNS = {"only first": ("-", "red"), "only second": ("+", "green"), "changed": ("~", "yellow")}


def lines(record: PacketDifference, style: Style, columns: int) -> Iterator[str]:
    """One line as a patch has it, and one for each field that changed."""
    sign, colour = _SIGNS[record.difference]
    numbers = f"{record.first or '':>5} {record.second or '':>5}"
    begin = f"{style.paint(sign, colour)} {style.paint(numbers, 'dim')}  {ends(record.packet, style)}  "
    wide = columns >= width(begin) + _ROOM
    said = [style.paint(record.packet.protocol, "cyan"), clean(record.packet.words)]
    said += [style.paint(_late(record.delay), "dim")] if record.delay is not None else []
    first, *more = wrap("  ".join(filter(None, said)), columns - (width(begin) if wide else _INDENT) - 1)
    yield begin + first if wide else begin.rstrip()
    yield from (" " * _INDENT + line for line in (more if wide else [first, *more]))
    names = [_name(change) for change in record.changes]
    room = max(map(len, names), default=0)
    for name, change in zip(names, record.changes, strict=True):
        head = " " * _INDENT + pad(name, room) + "  "
        first, *more = wrap(_change(change, style), max(columns - width(head) - 1, 20))
        yield head + first
        yield from (" " * width(head) + line for line in more)


def _late(delay: float) -> str:
    return f"{seconds(delay)} later" if delay >= 0 else f"{seconds(-delay)} earlier"


def _name(change: FieldChange) -> str:
    return clean(f"{change.layer} {change.field}".strip())


def _change(change: FieldChange, style: Style) -> str:
    if not change.field:
        return style.paint("gone", "red") if change.before else style.paint(f"new: {clean(change.after)}", "green")
    return f"{clean(change.before) or 'nothing'} {style.arrow} {clean(change.after) or 'nothing'}"
