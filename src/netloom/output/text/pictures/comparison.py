"""Two captures compared: how many packets are the same, what changed, what was lost, how late the rest was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output.text.words import clean, seconds, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.output.text.style import Style
    from netloom.packet.comparing.record import Comparison, Delays


def lines(record: Comparison, style: Style, columns: int) -> Iterator[str]:
    """The sum, in sentences."""
    same = record.first_packets == record.second_packets == record.same and not record.reordered
    told = [f"{record.first_packets} packets in the first, {record.second_packets} in the second"]
    told.append(style.paint("all the same", "green") if same else f"{record.same} the same")
    told += [style.paint(f"{record.changed} changed", "yellow")] if record.changed else []
    if record.only_first:
        told.append(style.paint(f"{record.only_first} only in the first ({record.lost * 100:.3g} %)", "red"))
    told += [style.paint(f"{record.only_second} only in the second", "green")] if record.only_second else []
    told += [style.paint(f"{record.reordered} out of order", "yellow")] if record.reordered else []
    yield from _wrapped(", ".join(told), columns)
    if record.fields:
        changed = ", ".join(f"{clean(name)} {count}" for name, count in record.fields.items())
        yield from _wrapped(f"changed: {changed}", columns)
    if record.delays is not None:
        yield from _wrapped(_delays(record.delays), columns)


def _delays(delays: Delays) -> str:
    parts = {"least": delays.least, "median": delays.median, "95 %": delays.p95, "most": delays.most}
    return "later by: " + ", ".join(f"{name} {_signed(value)}" for name, value in parts.items())


def _signed(value: float) -> str:
    return seconds(value) if value >= 0 else f"-{seconds(-value)}"


def _wrapped(text: str, columns: int) -> Iterator[str]:
    first, *more = wrap(text, columns - 5)
    yield f"  {first}"
    yield from (f"    {line}" for line in more)
