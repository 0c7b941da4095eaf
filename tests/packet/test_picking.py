"""Picking brings the same packets by both ways; who wants all isn't given kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet import reading as reading_module
from netloom.packet import stepwise
from netloom.packet.kernels.rows import BATCH
from netloom.packet.picking import Picking
from netloom.packet.reading import Reading, Seen
from tests.packet import talks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("kernels")


def picked(path: Path, wanted: str) -> tuple[list[Seen], int]:
    """What was found, and in how many steps."""
    with Reading(path, wanted) as reading:
        picking = Picking(reading)
        found: list[Seen] = []
        steps = 0
        while picking.step():
            found += picking.take()
            steps += 1
        assert picking.position == picking.size
        return found + picking.take(), steps


@pytest.mark.parametrize(
    "wanted", ["tcp", "arp", "host 192.0.2.1 and not udp", "tcp[tcpflags] & tcp-syn != 0", "port 99"]
)
def test_both_ways_bring_the_same(wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = talks.capture(tmp_path, times=30)
    plain, _ = picked(path, wanted)
    monkeypatch.setattr(reading_module, "SMALL", 0)
    assert picked(path, wanted)[0] == plain


def test_a_large_capture_takes_many_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "SMALL", 0)
    monkeypatch.setattr(stepwise, "PAUSE", 0)
    times = 3 * BATCH // len(talks.PACKETS) + 1
    found, steps = picked(talks.capture(tmp_path, times=times), "icmp")
    assert len(found) == times
    assert steps > 2
    assert [seen.number for seen in found[:2]] == [8, 8 + len(talks.PACKETS)]


def test_all_are_read_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: Picking) -> None:
        pytest.fail("kernels have nothing to look for")

    monkeypatch.setattr(reading_module, "SMALL", 0)
    monkeypatch.setattr(Picking, "by_kernels", never)
    assert len(picked(talks.capture(tmp_path), "")[0]) == len(talks.PACKETS)


def test_what_is_cancelled_ends(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path)) as reading:
        picking = Picking(reading)
        picking.cancel()
        while picking.step():
            pass
        assert picking.take() == []
