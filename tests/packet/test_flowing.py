"""Flowing brings the same flows by both ways, and tells what bounds have cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet import reading as reading_module
from netloom.packet.flowing import Flowing
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.reading import Reading
from tests.packet import talks
from tests.packet.kernels.test_flows import RECOGNISER

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.flows.tracked import Ended


def flows(path: Path, wanted: str = "", **options: int) -> tuple[list[Ended], Flowing]:
    with Reading(path, wanted) as reading:
        flowing = Flowing(reading, lambda words: None, recognise=RECOGNISER, **options)
        found: list[Ended] = []
        while flowing.step():
            found += flowing.take()
        return sorted(found, key=lambda one: one.flow.number), flowing


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("wanted", ["", "tcp", "udp or arp"])
@pytest.mark.parametrize("idle", [1, 120_000_000_000])
def test_both_ways_bring_the_same(wanted: str, idle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = talks.capture(tmp_path, times=40)
    plain, _ = flows(path, wanted, idle=idle)
    monkeypatch.setattr(reading_module, "SMALL", 0)
    found, flowing = flows(path, wanted, idle=idle)
    assert isinstance(flowing.tracker, FlowTable)
    assert found == plain
    assert plain


def test_what_was_said_is_told(tmp_path: Path) -> None:
    found, _ = flows(talks.capture(tmp_path))
    assert [one.flow.app for one in found] == ["dns", "http", "", ""]
    assert found[0].flow.names.queries == ("example.org",)
