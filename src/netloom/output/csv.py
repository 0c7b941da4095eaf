"""CSV (RFC 4180): one row a record; phases and nested records have a column a field, what remains nested is JSON."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

from netloom.errors import Phase
from netloom.output import Format, View, Writer, records_of
from netloom.output.text.plain import plain

if TYPE_CHECKING:
    from netloom.records import Record


class Rows(Writer):
    """A header, taken from the kinds of records that the operation emits, and rows."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._columns = list(dict.fromkeys(name for kind in records_of(view.operation) for name in columns_of(kind)))
        self._begun = False

    def record(self, record: Record) -> str:
        """One row, and the header before the first."""
        header = "" if self._begun else _row(self._columns)
        self._begun = True
        values = plain(record)
        return header + _row([_cell(_look(values, name)) for name in self._columns])

    def end(self, *, interrupted: bool) -> str:
        """A header alone, where nothing came."""
        return "" if self._begun else _row(self._columns)


def columns_of(kind: type[msgspec.Struct]) -> list[str]:
    """The columns of a kind of record, dotted where it nests."""
    columns = []
    hints = get_type_hints(kind)
    for name in kind.__struct_fields__:
        inner = _struct(hints[name])
        if name == "phases":
            columns += [f"phases.{phase.value}" for phase in Phase]
        elif inner is not None:
            columns += [f"{name}.{field}" for field in inner.__struct_fields__]
        else:
            columns.append(name)
    return columns


def _struct(kind: Any) -> type[msgspec.Struct] | None:
    """The record that a field holds, if it holds one and not a list of them."""
    if get_origin(kind) in (list, tuple, dict):
        return None
    for part in get_args(kind) or (kind,):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return part
    return None


def _look(values: Any, name: str) -> Any:
    for part in name.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode() if value else ""
    return str(value)


def _row(values: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


FORMAT = Format(name="csv", summary="CSV: a header and a row a record", writer=Rows)
