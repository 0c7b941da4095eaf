"""Merge: records, damaged files, standard input and output, mistakes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.errors import UsageError
from netloom.packet.captures import Damaged, create, open_capture
from netloom.packet.captures.record import DamagedFile, Written
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, *times: int) -> Path:
    with create(path) as writer:
        for time in times:
            writer.write(Frame(b"abcd", time, 1, 4))
    return path


def command(*arguments: Any, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "netloom", *map(str, arguments)]
    return subprocess.run(words, input=stdin, capture_output=True, timeout=60, check=False)


def test_a_record_tells_what_was_written(tmp_path: Path) -> None:
    paths = [written(tmp_path / "a.pcap", 1_000_000_000, 3_000_000_000), written(tmp_path / "b.pcap", 2_000_000_000)]
    target = tmp_path / "c.pcapng"
    record = netloom.merge([str(path) for path in paths], to=str(target)).one()
    assert record == Written(file=str(target), format="pcapng", frames=3, octets=12, first=1.0, last=3.0)
    assert [frame.timestamp_ns for frame in open_capture(target).frames()] == [10**9, 2 * 10**9, 3 * 10**9]


def test_damage_is_told_and_strict_fails(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.pcap", 1, 2).read_bytes()
    (tmp_path / "cut.pcap").write_bytes(whole[:-1])
    records = list(netloom.merge([str(tmp_path / "cut.pcap")], to=str(tmp_path / "x.pcap")))
    assert records[0] == DamagedFile(
        file=str(tmp_path / "cut.pcap"), damaged="it ends within a packet", byte=44, frames=1
    )
    assert isinstance(records[1], Written)
    with pytest.raises(Damaged, match="at byte 44"):
        list(netloom.merge([str(tmp_path / "cut.pcap")], to=str(tmp_path / "y.pcap"), strict=True))
    assert (tmp_path / "y.pcap").read_bytes() == (tmp_path / "x.pcap").read_bytes()
    done = command("merge", tmp_path / "cut.pcap", "--to", tmp_path / "z.pcap", "--strict")
    assert done.returncode == 1
    assert b"at byte 44" in done.stderr
    assert (tmp_path / "z.pcap").exists()


def test_through_pipes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", 1, 3)
    other = written(tmp_path / "b.pcap", 2)
    done = command("merge", path, "-", "--to", "-", stdin=other.read_bytes()[:-1])
    assert done.returncode == 0
    assert b"standard input is damaged at byte 24" in done.stderr
    (tmp_path / "out").write_bytes(done.stdout)
    assert [frame.timestamp_ns for frame in open_capture(tmp_path / "out").frames()] == [1, 3]


def test_mistakes(tmp_path: Path) -> None:
    path = str(written(tmp_path / "a.pcap", 1))
    with pytest.raises(UsageError, match="into which file"):
        list(netloom.merge([path]))
    with pytest.raises(UsageError, match="exists"):
        list(netloom.merge([path], to=str(written(tmp_path / "b.pcap", 1))))
    with pytest.raises(UsageError, match="there is no file"):
        list(netloom.merge([str(tmp_path / "missing")], to=str(tmp_path / "c.pcap")))
    done = command("merge", path, "--to", tmp_path / "b.pcap")
    assert done.returncode == 2
    assert list(netloom.merge([path], to=str(tmp_path / "b.pcap"), overwrite=True))
