"""CSV: rows of texts, with their names in the first line (RFC 4180)."""

from __future__ import annotations

import csv
import functools
import io
from typing import Any

import msgspec

from netloom.errors import UsageError
from netloom.formats import Format
from netloom.formats._naming import words
from netloom.formats._texts import misread, text_of
from netloom.formats._values import Misfit, as_text, text_key, unheld, walk

RULE = "RFC 4180"
CELLS = 10_000_000
"""Fields that are written: rows whose names differ have as many as there are rows, times as many as there are names."""
_SEPARATORS = {"semicolon": ";", "tab": "\t", "pipe": "|"}


class _Kind(msgspec.Struct, frozen=True):
    """`rows`: no line has names."""

    separator: str = ","
    rows: bool = False


_USUAL = _Kind()


def read(data: bytes, kind: _Kind = _USUAL) -> list[Any]:
    """A list of mappings from the first line's names to texts; with `rows` a list of lists of texts."""
    lines = csv.reader(
        io.StringIO(text_of(data, "CSV", RULE).removeprefix("\ufeff"), newline=""),
        delimiter=kind.separator,
        strict=True,
    )
    try:
        if kind.rows:
            return list(lines)
        names = next(lines, [])
        if "" in names or len(set(names)) < len(names):
            raise misread("CSV", "the names in the first line differ, and none is empty", RULE, (1, 1))
        return [_record(names, row, lines.line_num) for row in lines if row]
    except csv.Error as error:
        raise misread("CSV", str(error), RULE, (max(lines.line_num, 1), 1)) from None


def _record(names: list[str], row: list[str], line: int) -> dict[str, str]:
    if len(row) != len(names):
        raise misread("CSV", f"{len(row)} fields where there are {len(names)} names", RULE, (line, 1))
    return dict(zip(names, row, strict=True))


def write(value: Any, kind: _Kind = _USUAL) -> bytes:
    """Rows from a list of mappings without parts of their own, or a list of lists; what a mapping lacks is empty."""
    try:
        rows = _rows(walk(value, as_text, text_key), kind)
    except Misfit as misfit:
        raise unheld("CSV", misfit) from None
    made = io.StringIO()
    csv.writer(made, delimiter=kind.separator).writerows(rows)
    return made.getvalue().encode()


def _rows(value: Any, kind: _Kind) -> list[list[str]]:
    """The lines, of a value whose leaves are texts already."""
    if not isinstance(value, list):
        raise Misfit("rows are expected: a list of mappings, or of lists", _HINT)
    form = list if value and isinstance(value[0], list) else dict
    for number, row in enumerate(value):
        _check(number, row, form)
    if form is list:
        return value
    names = list(dict.fromkeys(name for record in value for name in record))
    if len(names) * len(value) > CELLS:
        raise Misfit(f"rows of too many different names: {len(value)} of {len(names)}", _HINT)
    rows = [[record.get(name, "") for name in names] for record in value]
    return rows if kind.rows or not rows else [names, *rows]


def _check(number: int, row: Any, form: type[Any]) -> None:
    if not isinstance(row, form):
        raise Misfit("rows are all mappings, or all lists", _HINT).at(number)
    if form is dict and (not row or "" in row):
        raise Misfit("a row has fields, and each has a name", "a list of lists needs no names").at(number)
    for name, field in row.items() if isinstance(row, dict) else enumerate(row):
        if not isinstance(field, str):
            raise Misfit("a field is one text, and has no parts", _HINT).at(name).at(number)


_HINT = "json or yaml, which hold anything"


def _given(argument: str) -> Format:
    said = words(FORMAT.name, argument, (*_SEPARATORS, "rows"))
    separators = [_SEPARATORS[word] for word in said if word in _SEPARATORS]
    if len(separators) > 1:
        raise UsageError("CSV has one separator", hint="csv:tab", text=f"csv:{argument}", column=4)
    kind = _Kind(separators[0] if separators else ",", "rows" in said)
    return msgspec.structs.replace(
        FORMAT, read=functools.partial(read, kind=kind), write=functools.partial(write, kind=kind)
    )


FORMAT = Format(
    name="csv",
    summary="rows of texts; rows: without a line of names",
    media_types=("text/csv", "application/csv"),
    suffixes=(".csv",),
    read=read,
    write=write,
    texts=True,
    argument="[:semicolon|tab|pipe,rows]",
    given=_given,
)
