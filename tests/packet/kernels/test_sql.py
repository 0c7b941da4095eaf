"""A database answers questions on one table, and writes what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from netloom.errors import UsageError
from netloom.packet.kernels.sql import Database, Table, hosts, texts
from netloom.packet.row import MAPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def connect(connection: Any) -> None:
    connection.register("given", {"n": np.arange(2500)})
    connection.execute("CREATE VIEW numbers AS SELECT n FROM given")


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database(Table("numbers", ("n",), connect))
    yield made
    made.close()


def test_rows_come_in_parts(database: Database) -> None:
    parts = list(database.rows("SELECT n FROM numbers ORDER BY n"))
    assert [len(part) for part in parts] == [1000, 1000, 500]
    assert parts[2][-1] == {"n": 2499}


@pytest.mark.parametrize("query", ["", "SELECT n FROM numbers", "SELECT n FROM numbers ; "])
def test_an_answer_is_written(query: str, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "it's.csv"
    assert database.save(query, path, "csv") == 2500
    assert sorted(map(int, path.read_text().split()[1:])) == list(range(2500))


def test_what_is_wrong_names_the_table(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        list(database.rows("SELECT m FROM numbers"))
    assert caught.value.hint == "the table is numbers: n"
    with pytest.raises(UsageError, match="Parser Error"):
        database.save("SELEKT", tmp_path / "x.csv", "csv")


def test_each_address_is_spelt_once(database: Database) -> None:
    made: list[dict[str, Any]] = []

    def view(connection: Any) -> None:
        high, low = np.zeros(3, np.uint64), np.array([MAPPED | 0x0A000001, MAPPED | 0x0A000002, 1], np.uint64)
        connection.register("rows", {"src_high": high, "src_low": low, "dst_high": high, "dst_low": low[::-1].copy()})
        made.append(hosts(connection, "rows", ["src", "dst"]))
        connection.execute("CREATE VIEW v AS SELECT * FROM rows")

    Database(Table("v", (), view)).close()
    assert sorted(made[0]["text"].tolist()) == ["10.0.0.1", "10.0.0.2", "::1"]


def test_texts_of_no_names_are_texts() -> None:
    assert texts({})["text"].dtype == object
    assert texts({3: "x"})["number"].tolist() == [3]
