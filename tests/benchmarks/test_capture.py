"""Captures of tables: made once in a run, and only where there is room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from benchmarks import capture
from benchmarks.bench import Bench
from benchmarks.programs import Missing

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_table_has_made_the_next_one_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Bench("first", tmp_path, quick=True) as bench:
        made = capture.Captures(bench).get(100, 8)
        assert made.facts.packets == 100
        assert made.path.stat().st_size == 24 + 100 * 16 + made.facts.octets
        assert made.shown.startswith("100 packets in 8 flows, ")
    assert "making a capture of 100 packets" in capsys.readouterr().err
    with Bench("second", tmp_path, quick=True) as bench:
        assert capture.Captures(bench).get(100, 8) == made
    assert "making" not in capsys.readouterr().err


def test_without_room_the_table_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=2 << 30))
    with Bench("full", tmp_path, quick=True) as bench, pytest.raises(Missing, match=r"has 2,048 MB free, .* needs 3,0"):
        capture.Captures(bench).get(5_000_000, 200_000)
    assert list(tmp_path.iterdir()) == []
