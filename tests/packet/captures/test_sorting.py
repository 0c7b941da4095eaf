"""Sorting: when another file begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures import Interface, create
from netloom.packet.captures.copying import Copy, Extras
from netloom.packet.captures.sorting import OVERHEAD, Keys, Numbers, Rule
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    from pathlib import Path


class Made:
    """Files by their keys, as they are made."""

    def __init__(self, folder: Path) -> None:
        self.keys: list[str] = []
        self._folder = folder

    def __call__(self, key: str) -> Copy:
        self.keys.append(key)
        return Copy(create(self._folder / f"{key}.pcap"), Extras(), key)


def counts(folder: Path, rule: Rule, *frames: Frame) -> list[int]:
    made = Made(folder)
    sort = Numbers(rule, made)
    for frame in frames:
        sort.put(frame, Interface(1), 0)
    sort.close()
    assert made.keys == [f"{number:05}" for number in range(1, len(made.keys) + 1)]
    records = sort.taken()
    assert sort.taken() == []
    return [record.frames for record in records]


def at(time: int | None, size: int = 0) -> Frame:
    return Frame(bytes(size), time, 1, size)


def test_windows_of_time(tmp_path: Path) -> None:
    rule = Rule(nanoseconds=10)
    times = (105, 114, 115, None, 107, 124, 125, 999, 1004, 1005)
    assert counts(tmp_path, rule, *map(at, times)) == [2, 4, 1, 2, 1]


def test_without_times_there_are_no_windows(tmp_path: Path) -> None:
    assert counts(tmp_path, Rule(nanoseconds=10), at(None), at(None)) == [2]


def test_sizes(tmp_path: Path) -> None:
    room = 24 + 2 * (16 + 100) + OVERHEAD - 16
    assert counts(tmp_path, Rule(size=room), *[at(0, 100)] * 5) == [2, 2, 1]
    (tmp_path / "less").mkdir()
    assert counts(tmp_path / "less", Rule(size=room - 1), *[at(0, 100)] * 3) == [1, 1, 1]


def test_whatever_comes_first(tmp_path: Path) -> None:
    frames = [at(0), at(1), at(2), at(3, 500), at(4), at(20)]
    assert counts(tmp_path, Rule(packets=3, nanoseconds=10, size=200), *frames) == [3, 1, 1, 1]


def test_files_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="more than 2 files"):
        counts(tmp_path, Rule(packets=1, files=2), at(0), at(0), at(0))


def test_keys_tell_at_the_end(tmp_path: Path) -> None:
    made = Made(tmp_path)
    sort = Keys(Rule(by="host"), made)
    for _ in range(3):
        sort.put(at(1), Interface(1), 0)
    assert sort.taken() == []
    sort.close()
    assert [(record.of, record.frames) for record in sort.taken()] == [("other", 3)]
    assert made.keys == ["other"]
