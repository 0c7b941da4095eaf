"""SQL on columns: one table of DuckDB, which reads arrays where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netloom.errors import CapabilityError, UsageError
from netloom.packet.row import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from netloom.packet.kernels.call import Array

ROWS = 1000
"""Rows of an answer that are taken at a time."""


class Table(NamedTuple):
    """A table as queries see it. `connect` makes a view of that name, with those columns, on a connection."""

    name: str
    columns: tuple[str, ...]
    connect: Callable[[Any], None]


class Database:
    """A table that can be asked. Raises CapabilityError where DuckDB isn't here."""

    def __init__(self, table: Table) -> None:
        try:
            import duckdb
        except ImportError:
            raise CapabilityError("tables need DuckDB", hint="pip install 'netloom[packets]'") from None
        self._error = duckdb.Error
        self._table = table
        # Nothing is fetched because of a query
        config: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        self._connection: Any = duckdb.connect(config=config)
        self._connection.execute("SET enable_progress_bar = false")
        table.connect(self._connection)

    def rows(self, query: str) -> Iterator[list[dict[str, Any]]]:
        """The rows of an answer, some at a time. UsageError for what is no query."""
        try:
            found = self._connection.execute(query)
            names = [column[0] for column in found.description or ()]
            while rows := found.fetchmany(ROWS):
                yield [dict(zip(names, row, strict=True)) for row in rows]
        except self._error as error:
            raise self._wrong(error) from error

    def save(self, query: str, path: Path, form: str) -> int:
        """Write an answer, or the whole table, as `form` has it: parquet or csv. How many rows there are."""
        query = query.rstrip().rstrip(";") or f"FROM {self._table.name}"
        quoted = str(path).replace("'", "''")
        try:
            told = self._connection.execute(f"COPY ({query}) TO '{quoted}' (FORMAT {form}, USE_TMP_FILE false)")
            return int(told.fetchone()[0])
        except self._error as error:
            raise self._wrong(error) from error

    def _wrong(self, error: Exception) -> UsageError:
        told = str(error).strip().splitlines()[0]
        return UsageError(told, hint=f"the table is {self._table.name}: {', '.join(self._table.columns)}")

    def interrupt(self) -> None:
        """Stop what another thread waits for here."""
        self._connection.interrupt()

    def close(self) -> None:
        """Let go of it; again does nothing."""
        self._connection.close()


# What several tables are made of


def texts(named: Mapping[int, str]) -> dict[str, Array]:
    """Numbers and their texts, as columns of a table to join with."""
    return {"number": np.array(list(named), np.uint16), "text": np.array([*named.values(), ""], object)[:-1]}


def hosts(connection: Any, rows: str, ends: list[str]) -> dict[str, Array]:
    """Every address of a table's ends once, and its text."""
    parts = [f"SELECT {end}_high AS high, {end}_low AS low FROM {rows}" for end in ends]  # noqa: S608
    both = " UNION ALL ".join(parts)
    found = connection.execute(f"SELECT DISTINCT high, low FROM ({both})").fetchnumpy()  # noqa: S608
    high, low = (np.asarray(found[name], np.uint64) for name in ("high", "low"))
    spelt = [address(*pair) for pair in zip(high.tolist(), low.tolist(), strict=True)]
    return {"high": high, "low": low, "text": np.array([*spelt, ""], object)[: len(spelt)]}
