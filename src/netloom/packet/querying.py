"""Querying: packets as columns, and then a query on them, bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.packet.reading import BATCHES
from netloom.packet.stepwise import Stepwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.reading import Reading


class Querying(Stepwise[dict[str, Any]]):
    """Brings the rows of an answer.

    Raises CapabilityError where the packages aren't here that make columns, UsageError for what is no query.
    """

    def __init__(self, reading: Reading, text: str, tell: Callable[[str], None]) -> None:
        super().__init__(reading, tell)
        self._text = text

    def work(self) -> Iterator[list[dict[str, Any]]]:
        self.reading.need_kernels(self.tell)
        from netloom.packet.kernels import sql
        from netloom.packet.kernels.columns import Collected

        collected = Collected(sql.needed(self._text))
        for number, batch in enumerate(self.reading.batches()):
            collected.take(batch)
            if number % BATCHES == 0:
                yield []
        yield from sql.query(collected.done(), self._text)
