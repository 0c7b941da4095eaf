"""Split: records, rules, mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.errors import UsageError
from netloom.packet.captures import Damaged, open_capture
from netloom.packet.captures.record import DamagedFile, Written
from tests.operations.test_merge import command, written

if TYPE_CHECKING:
    from pathlib import Path


def test_records_tell_what_was_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", *(number * 10**9 for number in range(5)))
    records = list(netloom.split([str(path)], to=str(tmp_path / "x.pcap.gz"), packets=2))
    assert records == [
        Written(
            file=str(tmp_path / f"x-0000{number}.pcap.gz"),
            format="pcap",
            frames=min(2, 5 - first),
            octets=4 * min(2, 5 - first),
            first=float(first),
            last=float(min(first + 1, 4)),
        )
        for number, first in ((1, 0), (2, 2), (3, 4))
    ]
    assert len(list(netloom.split([str(path)], to=str(tmp_path / "y"), seconds=2.5))) == 2
    assert len(list(netloom.split([str(path)], to=str(tmp_path / "z"), size=100))) == 2
    (record,) = netloom.split([str(path)], to=str(tmp_path / "w"), by="flow")
    assert isinstance(record, Written)
    assert (record.of, record.frames) == ("other", 5)


def test_damage_is_told_and_strict_fails(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", 1, 2, 3)
    path.write_bytes(path.read_bytes()[:-1])
    records = list(netloom.split([str(path)], to=str(tmp_path / "x"), packets=2))
    assert [type(record) for record in records] == [Written, DamagedFile]
    with pytest.raises(Damaged, match="at byte 64"):
        list(netloom.split([str(path)], to=str(tmp_path / "y"), packets=2, strict=True))
    done = command("split", path, "--to", tmp_path / "z.pcap", "--packets", 1, "--strict")
    assert done.returncode == 1
    assert [path.name for path in sorted(tmp_path.glob("z-*"))] == ["z-00001.pcap", "z-00002.pcap"]


def test_from_a_pipe(tmp_path: Path) -> None:
    data = written(tmp_path / "a.pcap", 1, 2, 3).read_bytes()
    done = command("split", "-", "--to", tmp_path / "x.pcap", "--packets", 2, stdin=data)
    assert done.returncode == 0, done.stderr
    assert len(list(open_capture(sorted(tmp_path.glob("x-*"))).frames())) == 3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "by what"),
        ({"packets": 1, "by": "flow"}, "by what"),
        ({"packets": 0}, "packets"),
        ({"by": "moon"}, "by"),
        ({"packets": 1, "to": ""}, "into which"),
        ({"packets": 1, "to": "missing/x"}, "no folder"),
    ],
)
def test_mistakes(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    path = written(tmp_path / "a.pcap", 1)
    with pytest.raises(UsageError, match=words):
        list(netloom.split([str(path)], **{"to": str(tmp_path / "x.pcap"), **fields}))
