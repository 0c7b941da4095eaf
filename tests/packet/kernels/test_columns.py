"""Columns have the rows of the twin, in the widths that are told, and are what data frames take."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netloom.errors import UsageError
from netloom.packet.dissect import dissect
from netloom.packet.kernels.columns import WIDTHS, Collected, PacketColumns, columns
from netloom.packet.kernels.growing import FIRST
from netloom.packet.kernels.rows import BATCH
from netloom.packet.reading import Reading
from tests.packet import generated
from tests.packet.kernels.test_dissect import written

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.frame import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return generated.frames(Random(1), 3 * BATCH + 11, 1)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, frames: list[Frame]) -> Path:
    return written(tmp_path_factory.mktemp("columns") / "x.pcapng", frames)


def read(path: Path, *names: str, wanted: str = "") -> PacketColumns:
    reading = Reading([path], wanted)
    try:
        return columns(reading.batches(), names)
    finally:
        reading.close()


def test_each_column_is_the_twins(path: Path, frames: list[Frame]) -> None:
    found = read(path)
    rows = [dissect(frame).row for frame in frames]
    assert found.rows == len(frames)
    for name, width in WIDTHS.items():
        assert found[name].dtype == np.dtype(width)
        assert found[name].tolist() == [getattr(row, name) for row in rows], name


def test_only_those_that_are_asked_for(path: Path) -> None:
    found = read(path, "length", "src_port")
    assert list(found) == ["length", "src_port"]
    assert len(found) == 2
    assert found.length is found["length"]


def test_only_packets_that_are_wanted(path: Path, frames: list[Frame]) -> None:
    found = read(path, "protocol", wanted="udp")
    assert set(found.protocol.tolist()) == {17}
    assert 0 < found.rows < len(frames)


def test_times_are_the_same_memory(path: Path) -> None:
    found = read(path, "time")
    assert found.times.dtype == np.dtype("datetime64[ns]")
    assert np.shares_memory(found.times, found["time"])


def test_more_rows_than_a_piece_holds() -> None:
    collected = Collected(["length", "ttl"])
    from netloom.packet.kernels import rows as R
    from netloom.packet.kernels.batches import Batch

    batch = Batch(BATCH, np.zeros(1, np.uint8), np.zeros(BATCH * R.ROW, np.int64))
    total = 3 * FIRST // BATCH + 1
    for number in range(total):
        batch.table[:, R.LENGTH] = number
        batch.table[:, R.TTL] = number % 256
        collected.take(batch)
    found = collected.done()
    assert found.rows == total * BATCH
    assert found.length.tolist() == [number for number in range(total) for _ in range(BATCH)]
    assert found.ttl[-1] == (total - 1) % 256


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(UsageError, match="there is no column 'lenght'"):
        Collected(["lenght"])


def test_no_packets_make_empty_columns() -> None:
    found = Collected(["length"]).done()
    assert found.rows == 0
    assert found.length.dtype == np.dtype("u4")
    with pytest.raises(AttributeError, match="no column 'nothing'"):
        _ = found.nothing
