"""Questions to a capture, as the operations ask them: gathered, made a table, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.packet.kernels.sql import Database
from netloom.packet.reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.querying import Source


def answers(source: Source, path: Path, query: str) -> list[dict[str, Any]]:
    """The rows of a query's answer about what a source gathers of a capture."""
    with Reading([path]) as reading:
        for _ in source.gather(reading, lambda words: None):
            pass
    database = Database(source.table)
    try:
        return [row for rows in database.rows(query) for row in rows]
    finally:
        database.close()
