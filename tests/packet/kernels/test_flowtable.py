"""The table of flows says what the records of flows say, field by field."""

from __future__ import annotations

import datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from netloom.packet.flows.record import Flow, record_of
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.kernels.flowtable import COLUMNS, Flows
from netloom.packet.kernels.rows import BATCH
from tests.packet.kernels.asking import answers
from tests.packet.kernels.test_flows import RECOGNISER, as_captured, by_twin, traffic, written

if TYPE_CHECKING:
    from pathlib import Path


def asked(path: Path, query: str, seed: int = 0) -> list[dict[str, Any]]:
    return answers(Flows(FlowTable(recognise=RECOGNISER), seed), path, query)


def plain(flow: Flow) -> dict[str, Any]:
    """A record as the table has it: times are timestamps, to the microsecond in Python."""
    told = {name: getattr(flow, name) for name in COLUMNS}
    return told | {"start": round(flow.start * 1e6), "end": round(flow.end * 1e6)}


def microseconds(row: dict[str, Any]) -> dict[str, Any]:
    since = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - the table's timestamps have no zone
    return row | {name: (row[name] - since) // datetime.timedelta(microseconds=1) for name in ("start", "end")}


@pytest.mark.parametrize("seed", range(3))
def test_each_field_is_the_records(seed: int, tmp_path: Path) -> None:
    frames = as_captured(traffic(Random(seed), BATCH))
    found = asked(written(tmp_path / "x.pcapng", frames), "SELECT * FROM flows", seed)
    records = [record_of(one, seed) for one in by_twin(frames)]
    assert list(found[0]) == list(COLUMNS)

    def order(row: dict[str, Any]) -> str:
        return str([row[name] for name in COLUMNS if name not in {"start", "end", "handshake_rtt"}])

    rows, wanted = sorted(map(microseconds, found), key=order), sorted(map(plain, records), key=order)
    for row, one in zip(rows, wanted, strict=True):
        assert row.pop("handshake_rtt") == pytest.approx(one.pop("handshake_rtt"))
        for name in ("start", "end"):
            assert abs(row.pop(name) - one.pop(name)) <= 1
        assert row == one


def test_lists_are_lists(tmp_path: Path) -> None:
    frames = as_captured(traffic(Random(9), BATCH))
    path = written(tmp_path / "x.pcapng", frames)
    found = asked(path, "SELECT DISTINCT unnest(queries) AS name FROM flows WHERE app_protocol = 'dns' ORDER BY name")
    assert found == [{"name": "a"}]
