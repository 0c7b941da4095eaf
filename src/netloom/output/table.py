"""The table that people read: a line a record as it comes, a sum at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.output import Format, View, Writer, records_of
from netloom.output.text import bar
from netloom.output.text.listing import access, any_record, entry, message, named_values, note, said, serving
from netloom.output.text.outcome import bar_columns, outcome, step
from netloom.output.text.pictures import picture
from netloom.output.text.plain import pretty
from netloom.output.text.style import Style
from netloom.output.text.words import clean, clean_body, size, width, wrap
from netloom.records import (
    AccessRecord,
    Cell,
    EntryRecord,
    MessageRecord,
    Note,
    Outcome,
    ProbeRecord,
    Record,
    ReplyRecord,
    Said,
    ServingRecord,
    Step,
)  # fmt: skip
from netloom.requests import Aimed

if TYPE_CHECKING:
    from collections.abc import Iterator


class Table(Writer):
    """Lines for people."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._style = Style(colour=view.colour, unicode=view.unicode)
        self._aimed = endpoints_of(view.request)
        self._widest = max((width(str(target)) for target in self._aimed), default=0)
        self._cells: list[Cell] = []
        self._seen: dict[str, None] = {}
        self._good = self._total = self._listed = 0
        self._deeds = Counter[str]()
        self._under = ""
        self._trust: set[str] = set()
        self._spoken = False

    def record(self, record: Record) -> str:
        """The record's lines."""
        if record.deed:
            self._deeds[record.deed] += 1
        text = "".join(f"{line}\n" for line in self._lines(record))
        self._spoken = self._spoken or bool(text)
        return text

    def _lines(self, record: Record) -> Iterator[str]:
        columns, _ = self.view.size()
        style = self._style
        match record:
            case EntryRecord(entry=item) if item is not None:
                yield from self._heading(record)
                self._listed += 1
                yield from entry(item, style, columns)
            case MessageRecord(heard=heard) if heard is not None:
                self._listed += 1
                yield from message(heard, record.started_at + record.duration, style, columns)
                yield from _indented(record.message) if record.message else ()
            case Outcome():
                yield from self._outcome(record, columns)
            case ServingRecord():
                yield from serving(record, style, columns, self._trust)
            case AccessRecord():
                yield from access(record, style, columns)
            case Cell():
                self._cells.append(record)
            case Note():
                if self._spoken and record.title:
                    yield ""
                yield from note(record, style, columns)
            case Step():
                yield step(record, style, columns)
            case Said():
                yield said(record)
            case _ if getattr(record, "is_document", False):
                yield pretty(record)
            case _:
                yield from (picture(type(record).__name__) or any_record)(record, style, columns)

    def _heading(self, record: Outcome) -> Iterator[str]:
        if len(self._aimed) > 1 and record.endpoint != self._under:
            self._under = record.endpoint
            yield f"  {self._style.paint(record.endpoint, 'bold')}"

    def _outcome(self, record: Outcome, columns: int) -> Iterator[str]:
        good = record.status is Status.SUCCESS
        self._total += 1
        self._good += good
        ended = isinstance(record, EntryRecord | MessageRecord)
        if good and (self.view.quiet or ended):
            return
        self._seen.update(dict.fromkeys(record.phases))
        self._widest = max(self._widest, 0 if self._aimed else min(width(record.endpoint), 40))
        yield from outcome(record, self._style, columns, min(self._widest, columns * 2 // 5))
        if isinstance(record, ReplyRecord):
            yield from self._reply(record, columns)

    def _reply(self, record: ReplyRecord, columns: int) -> Iterator[str]:
        if record.body:
            try:
                yield from _indented(record.body.decode())
            except UnicodeDecodeError:
                yield f"      {size(len(record.body))} that are no text: -o raw writes them"
        if isinstance(record.value, dict):
            for name, value in record.value.items():
                lines = named_values(clean(str(name)), value, self._style, columns - 4)
                yield from (f"    {line}" for line in lines)
        elif record.value is not None:
            yield from _indented(record.value if isinstance(record.value, str) else pretty(record.value))

    def end(self, *, interrupted: bool) -> str:
        """The matrix where there are cells, the sum, and what the bars mean."""
        columns, _ = self.view.size()
        lines: list[str] = []
        if self._cells:
            from netloom.output.text.grid import grid

            lines += grid(self._cells, self._style, columns)
        if self.view.quiet:
            return "".join(f"{line}\n" for line in lines)
        line = f" {self._style.dot} ".join(self._sum(columns, interrupted=interrupted))
        lines += ["", *(f"  {piece}" for piece in wrap(line, columns - 3))] if line else []
        return "".join(f"{line}\n" for line in (lines if self._cells else lines[1:]))

    def _sum(self, columns: int, *, interrupted: bool) -> Iterator[str]:
        paint = self._style.paint
        if interrupted and self._total:
            yield f"stopped after {self._total}"
        if self._total > 1:
            yield paint(f"{self._good} of {self._total}", "bold")
        kinds = records_of(self.view.operation)
        listens = MessageRecord in kinds
        deeds = [kind.deed for kind in kinds if kind.deed]
        if interrupted and not self._total and (listens or ServingRecord in kinds) and not deeds:
            yield paint("stopped", "dim")
        if self._listed or (interrupted and listens):
            what = "entries" if EntryRecord in kinds else "messages"
            yield paint(f"{self._listed} {what if self._listed != 1 else what[:-1].replace('ie', 'y')}", "dim")
        if self._deeds or (interrupted and deeds):
            done = self._deeds or {deeds[0]: 0}
            told = ", ".join(f"{count} {deed}" for deed, count in done.items())
            yield paint(f"stopped {self._style.dot} {told}", "dim")
        if self._seen and bar_columns(columns) and ProbeRecord in kinds:
            legend = bar.legend(self._seen, self._style)
            yield f"{paint('phases:', 'dim')} {legend}" if width(legend) + 24 <= columns else legend


def _indented(text: str) -> list[str]:
    return [f"      {line}" for line in clean_body(text).removesuffix("\n").split("\n")]


def endpoints_of(request: Any) -> list[Endpoint]:
    """What a request aims at, as its records will show it: with the options that were given beside it."""
    if not isinstance(request, msgspec.Struct):
        return []
    found: list[Endpoint] = []
    for name in request.__struct_fields__:
        value = getattr(request, name)
        items = value if isinstance(value, list) else [value]
        found += [item for item in items if isinstance(item, Endpoint)]
    return [request.aim(item) for item in found] if isinstance(request, Aimed) else found


def _table(view: View) -> Writer:
    """On a terminal what is watched stays in its place."""
    if view.terminal and view.redraws and getattr(view.request, "watch", None):
        from netloom.output.text.live import Watching

        return Watching(view)
    return Table(view)


FORMAT = Format(
    name="table", summary="lines for people, with a bar of phases (the default on a terminal)", writer=_table
)
