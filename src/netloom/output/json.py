"""JSON: one array of all records; a document, such as a schema, stands for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom.output import Format, Writer
from netloom.output.text.plain import encode

if TYPE_CHECKING:
    from netloom.records import Record


class Array(Writer):
    """The array, written as the records come: one a line in a pipe, indented on a terminal."""

    opened = False

    def record(self, record: Record) -> bytes:
        """One element, with what must stand before it."""
        text = encode(record)
        if self.view.terminal:
            text = msgspec.json.format(text, indent=2)
        if getattr(record, "is_document", False):
            return text + b"\n"
        begin = b",\n" if self.opened else b"[\n"
        self.opened = True
        return begin + text

    def end(self, *, interrupted: bool) -> bytes:
        """Close the array, also after an interruption: what was written is JSON."""
        if self.opened:
            return b"\n]\n"
        return b"" if self._documents() else b"[]\n"

    def _documents(self) -> bool:
        return bool(getattr(self.view.operation.record, "is_document", False))


FORMAT = Format(name="json", summary="one JSON array of all records", writer=Array)
