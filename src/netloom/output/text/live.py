"""The table that watches: a line an endpoint, drawn anew in its place as probes come in."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from netloom.errors import Status
from netloom.output import View, Writer
from netloom.output.text.outcome import ending, found
from netloom.output.text.style import Style
from netloom.output.text.words import clean, cut, pad, seconds, width
from netloom.records import Outcome, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORY = 24
_STEPS = "▁▂▃▄▅▆▇█"
_LETTERS = "12345678"


class Row:
    """What is known of one endpoint."""

    __slots__ = ("good", "last", "past", "total")

    def __init__(self) -> None:
        self.past: deque[float | None] = deque(maxlen=HISTORY)
        self.good = 0
        self.total = 0
        self.last: Outcome | None = None

    def take(self, record: Outcome) -> None:
        """One more round."""
        good = record.status is Status.SUCCESS
        self.past.append(record.duration if good else None)
        self.good += good
        self.total += 1
        self.last = record


class Watching(Writer):
    """Rows by endpoint, in the order in which they were first seen."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._style = Style(colour=view.colour, unicode=view.unicode)
        self._rows: dict[str, Row] = {}
        self._drawn = 0

    def record(self, record: Record) -> str:
        """The whole table again, over the one before."""
        if not isinstance(record, Outcome):
            return ""
        self._rows.setdefault(record.endpoint, Row()).take(record)
        columns, lines = self.view.size()
        made = list(self._lines(columns, max(lines - 1, 2)))
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        self._drawn = len(made)
        return up + "\r" + "".join(f"\x1b[2K{line}\n" for line in made) + "\x1b[J"

    def _lines(self, columns: int, lines: int) -> Iterator[str]:
        columns -= 1  # a full line would wrap on some terminals, and the cursor would be lost
        endpoint_columns = min(max(width(clean(name)) for name in self._rows), columns * 2 // 5)
        hidden = len(self._rows) - lines + 1 if len(self._rows) > lines else 0
        shown = list(self._rows.items())[: len(self._rows) - hidden]
        for name, row in shown:
            yield self._line(name, row, columns, endpoint_columns)
        if hidden:
            yield cut(f"  … and {hidden} more", columns)

    def _line(self, name: str, row: Row, columns: int, endpoint_columns: int) -> str:
        if row.last is None:
            return ""
        style = self._style
        cells = HISTORY if columns >= 100 else 12 if columns >= 70 else 0
        share = f" {row.good / row.total * 100:>4.0f} %" if columns >= 40 else ""
        right = f"{seconds(row.last.duration):>8}{share}"
        endpoint_columns = max(1, min(endpoint_columns, columns - 5 - width(right)))
        room = columns - 4 - endpoint_columns - 2 - width(right) - (2 + cells if cells else 0) - 1
        endpoint = pad(cut(clean(name), endpoint_columns), endpoint_columns)
        words = found(row.last, style)
        if row.last.status is not Status.SUCCESS and width(words) > room:
            words = ending(row.last)
        text = f"  {pad(cut(words, room), room)} " if room >= 8 else " "
        line = f"  {style.mark(row.last.status is Status.SUCCESS)} {endpoint}{text}{right}"
        return f"{line}  {spark(list(row.past)[-cells:], style)}" if cells else line


def spark(past: list[float | None], style: Style) -> str:
    """Durations as steps between the shortest and the longest; failures as crosses."""
    known = [value for value in past if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    steps = _STEPS if style.unicode else _LETTERS
    made = []
    for value in past:
        if value is None:
            made.append(style.bad)
            continue
        # a spread of less than a tenth is noise: it is drawn flat
        share = (math.log(value / low) / math.log(high / low)) if low > 0 and high > low * 1.1 else 0.0
        made.append(style.paint(steps[round(share * 7)], "green"))
    return "".join(made)
