"""A file of columns is refused before any work, private, whole or not there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from netloom.errors import UsageError
from netloom.packet.kernels.packettable import Packets
from netloom.packet.kernels.sql import Database
from netloom.packet.reading import Reading
from netloom.packet.saving import Saved, Saving
from tests.packet import talks

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.querying import Source


def database(source: Source) -> Database:
    return Database(source.table)


def saved(folder: Path, to: str, query: str = "", **options: Any) -> Saved:
    packets = Packets()
    with Reading(talks.capture(folder)) as reading:
        for _ in packets.gather(reading, lambda words: None):
            pass
    return Saving(str(folder / to), query, **options).write(packets, database)


@pytest.mark.parametrize("to", ["x.parquet", "x.csv", "x.npz", "X.CSV"])
def test_it_is_private_and_alone(to: str, tmp_path: Path) -> None:
    told = saved(tmp_path, to)
    path = tmp_path / to
    assert told == Saved(
        file=str(path), format=to.lower().split(".")[1], rows=len(talks.PACKETS), octets=path.stat().st_size
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir() if to in one.name] == [to]


def test_arrays_can_be_loaded(tmp_path: Path) -> None:
    saved(tmp_path, "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert len(found["time"]) == len(talks.PACKETS)


@pytest.mark.parametrize(
    ("to", "query", "told"),
    [
        ("x.xlsx", "", r"written as \.parquet, \.csv or \.npz"),
        ("x", "", r"written as \.parquet"),
        ("x.npz", "SELECT 1", "no array"),
        ("nowhere/x.csv", "", "there is no folder"),
        ("there.csv", "", "exists"),
    ],
)
def test_what_can_not_be_written_is_told_at_once(to: str, query: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    with pytest.raises(UsageError, match=told):
        Saving(str(tmp_path / to), query)


def test_one_that_exists_is_replaced_on_demand_only(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    saving = Saving(str(path))
    path.write_text("mine")
    packets = Packets()
    with pytest.raises(UsageError, match="can't be written: File exists"):
        saving.write(packets, database)
    assert path.read_text() == "mine"
    saved(tmp_path, "x.csv", overwrite=True)
    assert path.read_text().startswith("number,")


def test_a_query_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing"):
        saved(tmp_path, "x.csv", "SELECT nothing FROM packets")
    assert not [one.name for one in tmp_path.iterdir() if "x.csv" in one.name]
