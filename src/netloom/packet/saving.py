"""Saving: columns into a file, by what its name ends with: a table in Parquet or CSV, or arrays as NumPy keeps them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.errors import UsageError
from netloom.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netloom.packet.kernels.sql import Database
    from netloom.packet.querying import Source

TABLES = {".parquet": "parquet", ".csv": "csv"}
ARRAYS = ".npz"
_PRIVATE = 0o600


class Saved(Record, frozen=True, kw_only=True):
    """A file of columns that was written."""

    file: str
    format: Annotated[str, Meta(description="parquet, csv or npz")]
    rows: int
    octets: Annotated[int, Meta(description="of the file")]


class Saving:
    """A file that is to be written, for its owner alone. Raises UsageError at once where it can't be."""

    def __init__(self, to: str, query: str = "", *, overwrite: bool = False) -> None:
        from pathlib import Path

        self._path = Path(to)
        self._query = query
        self._overwrite = overwrite
        suffix = self._path.suffix.lower()
        if suffix not in {*TABLES, ARRAYS}:
            raise UsageError(f"{to}: columns are written as .parquet, .csv or .npz", hint="--to columns.parquet")
        if query and suffix == ARRAYS:
            raise UsageError("an answer of SQL is no array", hint="--to answer.parquet, or answer.csv")
        self._form = TABLES.get(suffix, "npz")
        if not overwrite and self._path.exists():
            raise UsageError(f"{to} exists", hint="--overwrite")
        if not self._path.parent.is_dir():
            raise UsageError(f"there is no folder {self._path.parent}")

    def write(self, source: Source, database: Callable[[Source], Database]) -> Saved:
        """Write it beside its place, and then put it there. Raises UsageError."""
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
            try:
                rows = self._write(source, database, beside)
                octets = beside.stat().st_size
                self._put(beside)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"{self._path} can't be written: {error.strerror}") from error
        return Saved(file=str(self._path), format=self._form, rows=rows, octets=octets)

    def _write(self, source: Source, database: Callable[[Source], Database], beside: Path) -> int:
        if self._form == "npz":
            from netloom.packet.kernels.arrays import save

            return save(source.columns, beside)
        return database(source).save(self._query, beside, self._form)

    def _put(self, beside: Path) -> None:
        if self._overwrite:
            beside.replace(self._path)
        else:
            self._path.hardlink_to(beside)  # fails where somebody was quicker
