"""What blocks of flows add up to is what flows one by one do, also where more pass than is held."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import astuple, replace

from netloom.packet.kernels import conversing
from netloom.packet.summing import bounded, summing
from netloom.packet.summing.times import rounded
from tests.packet.kernels.test_summing import mixed, written
from tests.packet.summing.office import office
from tests.packet.summing.summed import by_kernels, plainly
from tests.packet.summing.traffic import CLIENT, MS, NOON, SERVER, Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.frame import Frame


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """There is next to no room."""
    held, sets = bounded.Held.__init__, bounded.Sets.__init__

    def narrow_held(self: Any, make: Any, weight: Any, room: int = bounded.ROOM, gone: Any = None) -> None:
        held(self, make, weight, min(room, request.param), gone)

    def narrow_sets(self: Any, room: int) -> None:
        sets(self, min(room, request.param))

    monkeypatch.setattr(bounded.Held, "__init__", narrow_held)
    monkeypatch.setattr(bounded.Sets, "__init__", narrow_sets)


def without_waiting(folder: Path, frames: list[Frame]) -> Path:
    """A capture so short that no flow is over by time: both ways hear of them in the same order."""
    timed = [replace(frame, timestamp_ns=NOON + number * MS) for number, frame in enumerate(frames)]
    return written(folder / "a.pcapng", timed)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("narrow", [3, 8, 40], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_without_room(seed: int, tmp_path: Path) -> None:
    path = without_waiting(tmp_path, mixed(Random(seed)))
    summary = plainly(path)
    assert by_kernels(path) == summary
    assert summary.bounds


def told(value: Any) -> Any:
    """Whatever was counted, to be compared. Of members it is their number: the kernels know no others."""
    if isinstance(value, bounded.Held):
        return value.lost, [(key, told(one)) for key, one in value.items()]
    if isinstance(value, bounded.Sets):
        return value.lost
    if isinstance(value, bounded.Members):
        return len(value)
    if isinstance(value, Struct):
        return tuple(map(told, astuple(value)))
    return {name: told(one) for name, one in vars(value).items()} if hasattr(value, "__dict__") else value


def evidence(capture: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a summary would have been made of."""
    monkeypatch.setattr(summing, "made", lambda found, *_: found)
    return {"plainly": plainly, "by_kernels": by_kernels}[way](capture)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("narrow", [6, 100_000], indirect=True)
def test_all_that_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = without_waiting(tmp_path, mixed(Random(3)))
    ways = [evidence(path, way, monkeypatch) for way in ("plainly", "by_kernels")]
    for name in vars(ways[0].conversed):
        assert told(getattr(ways[0].conversed, name)) == told(getattr(ways[1].conversed, name)), name
    assert told(ways[0].passed.stacks) == told(ways[1].passed.stacks)
    assert told(ways[0].passed.bins) == told(ways[1].passed.bins)
    assert told(ways[0].passed.duplicates.span) == told(ways[1].passed.duplicates.span)


@pytest.mark.parametrize("part", [1, 7])
def test_however_many_at_a_time(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversing, "PART", part)
    path = office().write(tmp_path / "a.pcapng")
    assert by_kernels(path) == plainly(path)


def test_a_flood(tmp_path: Path) -> None:
    """More than there is room for, in fact."""
    made = Traffic()
    for number in range(40_000):
        made.tcp((f"10.{number >> 14}.{number >> 7 & 127}.{number & 127}", 1000, SERVER, 80), "S", after=MS)
    made.now += 5000 * MS
    made.udp((CLIENT, 1, SERVER, 2), b"later")
    path = made.write(tmp_path / "a.pcapng")
    summary = by_kernels(path, top=5)
    assert summary.errors.unanswered == 40_000
    assert summary.capture.hosts == 40_002
    assert summary.bounds
    (found,) = summary.findings
    assert (found.kind, found.count) == ("unanswered", 40_000)
    assert plainly(path, top=5) == summary


@given(st.lists(st.integers(1, (1 << 63) - 1) | st.integers(1, 100_000), max_size=20))
def test_three_digits(values: list[int]) -> None:
    wanted: dict[int, int] = {}
    for value in values:
        wanted[rounded(value)] = wanted.get(rounded(value), 0) + 1
    assert conversing.three_digits(np.array(values, np.int64)) == wanted
