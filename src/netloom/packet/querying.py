"""Querying: packets or flows as columns, and then a query on them or a file of them, bit by bit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from netloom.errors import UsageError
from netloom.packet.record import AnswerRow
from netloom.packet.stepwise import Pauses, Stepwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.kernels.growing import Columns
    from netloom.packet.kernels.sql import Database, Table
    from netloom.packet.reading import Reading
    from netloom.packet.saving import Saved, Saving
    from netloom.requests import Tables

T = TypeVar("T")


class Source(Protocol):
    """What columns are gathered of."""

    def gather(self, reading: Reading, tell: Callable[[str], None]) -> Iterator[None]:
        """Read it, batch by batch."""

    @property
    def columns(self) -> Columns: ...

    @property
    def table(self) -> Table: ...


class Gathered(Stepwise[T]):
    """Gathers columns, and then makes something of them. `source` is called when kernels are ready.

    Raises CapabilityError where the packages aren't here that make columns, UsageError for what is no query.
    """

    def __init__(self, reading: Reading, source: Callable[[], Source], tell: Callable[[str], None]) -> None:
        super().__init__(reading, tell)
        self._make = source
        self._database: Database | None = None

    @property
    def prompt(self) -> bool:
        """Kernels have to be loaded."""
        return False

    def work(self) -> Iterator[list[T]]:
        self.reading.need_kernels(self.tell)
        source = self._make()
        pause = Pauses()
        for _ in source.gather(self.reading, self.tell):
            if pause():
                yield []
        try:
            yield from self.told(source)
        finally:
            if self._database is not None:
                self._database.close()

    def told(self, source: Source) -> Iterator[list[T]]:
        """What is made of what was gathered."""
        raise NotImplementedError

    def database(self, source: Source) -> Database:
        """The source as a table, until the work ends."""
        from netloom.packet.kernels.sql import Database

        self._database = Database(source.table)
        return self._database

    def cancel(self) -> None:
        super().cancel()
        if self._database is not None:
            self._database.interrupt()


class Querying(Gathered[AnswerRow]):
    """Brings the rows of an answer."""

    def __init__(self, reading: Reading, source: Callable[[], Source], query: str, tell: Callable[[str], None]) -> None:
        super().__init__(reading, source, tell)
        self._query = query

    def told(self, source: Source) -> Iterator[list[AnswerRow]]:
        for rows in self.database(source).rows(self._query):
            yield [AnswerRow(row=row) for row in rows]


class Writing(Gathered["Saved"]):
    """Brings what was written: all columns, or a query's answer."""

    def __init__(
        self, reading: Reading, source: Callable[[], Source], saving: Saving, tell: Callable[[str], None]
    ) -> None:
        super().__init__(reading, source, tell)
        self._saving = saving

    def told(self, source: Source) -> Iterator[list[Saved]]:
        yield [self._saving.write(source, self.database)]


def asked(
    request: Tables, reading: Reading, source: Callable[[str], Source], tell: Callable[[str], None]
) -> Querying | Writing | None:
    """What a request wants of columns, if anything. `source` is given the query. Raises UsageError as `Saving` does."""
    made = partial(source, request.sql)
    if request.to:
        from netloom.packet.saving import Saving

        return Writing(reading, made, Saving(request.to, request.sql, overwrite=request.overwrite), tell)
    if request.overwrite:
        raise UsageError("nothing is written", hint="--to columns.parquet")
    return Querying(reading, made, request.sql, tell) if request.sql else None
