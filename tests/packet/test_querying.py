"""Querying reads columns in steps, and then answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.querying import Querying
from netloom.packet.reading import Reading
from tests.packet import talks

if TYPE_CHECKING:
    from pathlib import Path


def answered(path: Path, query: str, wanted: str = "") -> list[dict[str, object]]:
    with Reading(path, wanted) as reading:
        querying = Querying(reading, query, lambda words: None)
        while querying.step():
            pass
        return querying.take()


def test_an_answer(tmp_path: Path) -> None:
    path = talks.capture(tmp_path, times=500)
    query = "SELECT src, count(*) AS n FROM packets WHERE dst_port = 80 GROUP BY src"
    assert answered(path, query) == [{"src": talks.CLIENT, "n": 1500}]


def test_only_of_what_a_filter_keeps(tmp_path: Path) -> None:
    path = talks.capture(tmp_path)
    assert answered(path, "SELECT count(*) AS n FROM packets", "tcp") == [{"n": 5}]


def test_more_rows_than_are_taken_at_a_time(tmp_path: Path) -> None:
    path = talks.capture(tmp_path, times=300)
    found = answered(path, "SELECT number FROM packets ORDER BY number")
    assert [row["number"] for row in found] == list(range(1, 300 * len(talks.PACKETS) + 1))


def test_what_is_no_query_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Parser Error"):
        answered(talks.capture(tmp_path), "SELEKT")
