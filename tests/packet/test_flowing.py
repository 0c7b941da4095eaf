"""Flowing brings the same flows by both ways, and tells what bounds have cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet import reading as reading_module
from netloom.packet.flowing import Ending, Flowing, columns
from netloom.packet.reading import Reading
from tests.packet import talks
from tests.packet.kernels.test_flows import RECOGNISER

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.flows.tracked import Ended
    from netloom.packet.kernels.flows import FlowTable


def flows(path: Path, wanted: str = "", **options: int) -> list[Ended]:
    with Reading(path, wanted) as reading:
        flowing = Flowing(reading, lambda words: None, Ending(recognise=RECOGNISER, **options))
        found: list[Ended] = []
        while flowing.step():
            found += flowing.take()
        return sorted(found, key=lambda one: one.flow.number)


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("wanted", ["", "tcp", "udp or arp"])
@pytest.mark.parametrize("idle", [1, 120_000_000_000])
def test_both_ways_bring_the_same(wanted: str, idle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = talks.capture(tmp_path, times=40)
    plain = flows(path, wanted, idle=idle)
    monkeypatch.setattr(reading_module, "SMALL", 0)
    made: list[Ending] = []
    table = Ending.table

    def noted(ending: Ending) -> FlowTable:
        made.append(ending)
        return table(ending)

    monkeypatch.setattr(Ending, "table", noted)
    found = flows(path, wanted, idle=idle)
    assert len(made) == 1
    assert found == plain
    assert plain


def test_what_was_said_is_told(tmp_path: Path) -> None:
    found = flows(talks.capture(tmp_path))
    assert [one.flow.app for one in found] == ["dns", "http", "", ""]
    assert found[0].flow.names.queries == ("example.org",)


def test_flows_as_columns(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path)) as reading:
        found = columns(reading, Ending(recognise=RECOGNISER), seed=7)
    assert found.rows == len(flows(talks.capture(tmp_path)))
    assert "dns" in {found.apps[app] for app in found.app.tolist()}
