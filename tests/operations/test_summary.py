"""Summary: one record, its picture, damaged files, mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import netloom
from netloom.errors import UsageError
from netloom.packet.captures import Damaged
from netloom.packet.captures.record import DamagedFile
from netloom.packet.summing.record import Summary
from tests.packet.summing.office import office
from tests.packet.summing.scenes import line
from tests.packet.summing.summed import summed


def command(*arguments: Any, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "netloom", "summary", *map(str, arguments)]
    return subprocess.run(words, input=stdin, capture_output=True, timeout=120, check=False)


def test_one_record(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    (record,) = netloom.summary([str(path)], top=3)
    assert isinstance(record, Summary)
    assert record.capture.packets == 6814
    assert len(record.hosts) == 3
    assert summed(path, filter="arp").capture.packets == 12


def test_many_files_are_one(tmp_path: Path) -> None:
    path = str(office().write(tmp_path / "a.pcapng"))
    record = summed(Path(path), Path(path))
    assert record.capture.files == (path, path)
    assert record.capture.packets == 2 * 6814
    assert {"clock"} <= {one.kind for one in record.findings}


def test_the_picture(tmp_path: Path) -> None:
    path = office().write(tmp_path / "office.pcapng")
    done = command(path, "-o", "table")
    assert done.returncode == 0
    text = done.stdout.decode()
    assert max(len(row) for row in text.splitlines()) <= 100
    for words in (
        "what looks wrong",
        "192.168.10.66 tried 120 tcp ports",
        "--filter 'arp and host 192.168.10.1'",
        "half within",
    ):
        assert words in text
    assert "AHByaW50ZXIA" not in text


def test_what_a_capture_says_cant_reach_the_terminal(tmp_path: Path) -> None:
    from netloom.packet.captures.compose import names_block
    from tests.packet.summing.traffic import CLIENT

    path = line(b"PASS x\r\n", 21).write(tmp_path / "a.pcapng")
    path.write_bytes(path.read_bytes() + names_block({CLIENT: "evil\x1b[2Jname"}))
    done = command(path, "-o", "table")
    assert b"\x1b[2J" not in done.stdout
    assert b"\\x1b[2Jname" in done.stdout


def test_json_and_a_pipe(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    done = command("-", "-o", "json", stdin=path.read_bytes())
    (record,) = json.loads(done.stdout)
    assert record["capture"]["packets"] == 6814
    assert record["findings"][0]["severity"] == "bad"


def test_damage_is_told_and_strict_fails(tmp_path: Path) -> None:
    whole = office().write(tmp_path / "a.pcapng").read_bytes()
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(whole[:-1])
    summary, damaged = netloom.summary([str(cut)])
    assert isinstance(summary, Summary)
    assert isinstance(damaged, DamagedFile)
    assert summary.capture.packets == damaged.frames == 6813
    assert summary.capture.damaged
    with pytest.raises(Damaged):
        list(netloom.summary([str(cut)], strict=True))
    assert command(cut, "--strict").returncode == 1


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        list(netloom.summary([str(tmp_path / "missing")]))
    (tmp_path / "text").write_text("no capture")
    with pytest.raises(UsageError):
        list(netloom.summary([str(tmp_path / "text")]))
    path = str(office().write(tmp_path / "a.pcapng"))
    with pytest.raises(UsageError, match="column"):
        list(netloom.summary([path], filter="tcp prot 5"))
    with pytest.raises(UsageError, match="top"):
        list(netloom.summary([path], top=0))


def test_an_empty_capture(tmp_path: Path) -> None:
    path = office().write(tmp_path / "a.pcapng")
    record = summed(path, filter="tcp port 1")
    assert (record.capture.packets, record.capture.first, record.findings) == (0, None, ())
    assert command(path, "--filter", "tcp port 1", "-o", "table").returncode == 0
