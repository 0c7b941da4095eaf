"""Reading chooses the way that is quicker, and both ways bring the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from netloom.errors import CapabilityError, UsageError
from netloom.packet import reading as reading_module
from netloom.packet.kernels import compiled
from netloom.packet.reading import Reading
from tests.packet import talks

if TYPE_CHECKING:
    from pathlib import Path


def told(words: list[str], path: Path, wanted: str = "", **options: bool) -> bool:
    with Reading(path, wanted, **options) as reading:
        return reading.compiled(words.append)


def test_packets_are_numbered_among_all(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path), "tcp port 80") as reading:
        seen = [one for one in reading.packets() if one is not None]
        assert [one.number for one in seen] == [3, 4, 5, 6, 7]
        assert seen[0].frame.data == bytes(talks.PACKETS[2])
        assert reading.frames == len(talks.PACKETS)
        assert reading.chooses


def test_a_small_capture_is_read_without_kernels(tmp_path: Path) -> None:
    words: list[str] = []
    assert not told(words, talks.capture(tmp_path))
    assert words == []


def test_which_captures_are_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = talks.capture(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert prompt(path)
    assert not prompt(path, follow=True)
    assert not prompt([path, pipe])
    assert not prompt([path, "-"])
    monkeypatch.setattr(reading_module, "SMALL", path.stat().st_size)
    assert not prompt(path)


def prompt(paths: Path | list[Path | str], *, follow: bool = False) -> bool:
    with Reading(paths, follow=follow) as reading:
        return reading.prompt


@pytest.mark.usefixtures("kernels")
class TestLarger:
    """Captures for which kernels are worth loading."""

    @pytest.fixture(autouse=True)
    def _larger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading_module, "SMALL", 100)
        monkeypatch.setattr(reading_module, "MIDDLING", 200)

    def test_it_is_read_by_kernels(self, tmp_path: Path) -> None:
        words: list[str] = []
        assert told(words, talks.capture(tmp_path))

    def test_not_for_what_rows_do_not_keep(self, tmp_path: Path) -> None:
        assert not told([], talks.capture(tmp_path), "inbound")

    def test_not_for_what_still_grows(self, tmp_path: Path) -> None:
        assert not told([], talks.capture(tmp_path), follow=True)

    def test_without_the_packages_it_is_told_what_is_missed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(compiled, "available", lambda: False)
        words: list[str] = []
        assert not told(words, talks.capture(tmp_path))
        assert "netloom[packets]" in words[0]

    def test_compiling_first_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        prepared: list[bool] = []
        monkeypatch.setattr(compiled, "ready", lambda: bool(prepared))
        monkeypatch.setattr(compiled, "prepare", lambda: prepared.append(True))
        words: list[str] = []
        assert told(words, talks.capture(tmp_path))
        assert "compiling" in words[0]
        assert prepared == [True]

    def test_a_middling_one_does_not_wait_for_a_compiler(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading_module, "MIDDLING", 1 << 20)
        monkeypatch.setattr(compiled, "ready", lambda: False)
        assert not told([], talks.capture(tmp_path))


def test_columns(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path), "udp") as reading:
        found = reading.columns("dst_port", "length")
    assert found.dst_port.tolist() == [53, 2]


def test_columns_need_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "available", lambda: False)
    with Reading(talks.capture(tmp_path)) as reading, pytest.raises(CapabilityError):
        reading.columns()


def test_columns_cannot_answer_everything(tmp_path: Path) -> None:
    with Reading(talks.capture(tmp_path), "mpls") as reading, pytest.raises(UsageError, match="columns can't answer"):
        reading.columns()


def test_a_mistake_in_a_filter_points_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Reading(talks.capture(tmp_path), "tcp and port")
    assert caught.value.column == 12


def test_damage_is_noted_by_both_ways(tmp_path: Path) -> None:
    path = talks.capture(tmp_path, cut=3)
    with Reading(path) as plain:
        seen = [one for one in plain.packets() if one is not None]
    with Reading(path) as compiled_:
        count = sum(batch.size for batch in compiled_.batches())
    assert len(seen) == count == len(talks.PACKETS) - 1
    assert plain.notes == compiled_.notes
    assert plain.notes[0].frames == count
