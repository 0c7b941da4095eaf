"""NDJSON: a record a line, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.output import Format, Writer
from netloom.output.text.plain import encode

if TYPE_CHECKING:
    from netloom.records import Record


class Lines(Writer):
    """JSON lines."""

    def record(self, record: Record) -> bytes:
        """One line."""
        return encode(record) + b"\n"


FORMAT = Format(
    name="ndjson", summary="JSON lines: a record a line, as they come (the default in a pipe)", writer=Lines
)
