"""Querying reads columns in steps, and then answers."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.kernels.packettable import Packets
from netloom.packet.querying import asked
from netloom.packet.reading import Reading
from netloom.requests import Tables
from tests.packet import talks

if TYPE_CHECKING:
    from pathlib import Path


def done(path: Path, wanted: str = "", **options: Any) -> list[Any]:
    with Reading(path, wanted) as reading:
        work = asked(Tables(files=[str(path)], **options), reading, Packets, lambda words: None)
        assert work is not None
        while work.step():
            pass
        return work.take()


def answered(path: Path, query: str, wanted: str = "") -> list[dict[str, Any]]:
    return [record.row for record in done(path, wanted, sql=query)]


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


def test_columns_are_written(tmp_path: Path) -> None:
    to = tmp_path / "x.parquet"
    (saved,) = done(talks.capture(tmp_path), to=str(to))
    assert (saved.file, saved.format, saved.rows) == (str(to), "parquet", len(talks.PACKETS))
    assert saved.octets == to.stat().st_size


def test_an_answer_is_written(tmp_path: Path) -> None:
    to = tmp_path / "x.csv"
    (saved,) = done(talks.capture(tmp_path), to=str(to), sql="SELECT count(*) AS n FROM packets;")
    assert to.read_text() == f"n\n{len(talks.PACKETS)}\n"
    assert saved.rows == 1


def test_nothing_is_asked_for(tmp_path: Path) -> None:
    path = talks.capture(tmp_path)
    with Reading(path) as reading:
        assert asked(Tables(files=[str(path)]), reading, Packets, lambda words: None) is None
        with pytest.raises(UsageError, match="nothing is written"):
            asked(Tables(files=[str(path)], overwrite=True), reading, Packets, lambda words: None)


def test_what_waits_for_an_answer_is_stopped(tmp_path: Path) -> None:
    path = talks.capture(tmp_path)
    endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b, packets"
    with Reading(path) as reading:
        work = asked(Tables(files=[str(path)], sql=endless), reading, Packets, lambda words: None)
        assert work is not None
        stopped: list[BaseException] = []

        def waits() -> None:
            try:
                while work.step():
                    pass
            except UsageError as error:
                stopped.append(error)

        thread = Thread(target=waits)
        thread.start()
        while thread.is_alive():
            work.cancel()
            thread.join(0.05)
    assert "INTERRUPT" in str(stopped[0])
