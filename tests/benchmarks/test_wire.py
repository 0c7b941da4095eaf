"""The benchmark's wire: what leaves one end is counted at the other, and nothing of it stays."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import wire as module
from benchmarks.bench import Bench
from benchmarks.programs import Missing
from benchmarks.wire import NEAR, wire
from tests.packet.live.lab import need_root

SEND = """
import socket, sys
from benchmarks.wire import NEAR, enter
enter(int(sys.argv[1]))
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
    sock.bind((NEAR, 0))
    for _ in range(7):
        sock.send(bytes(60))
"""


def test_what_leaves_one_end_is_counted_at_the_other(tmp_path: Path) -> None:
    need_root()
    with Bench("wire", tmp_path, quick=True) as bench:
        made = wire(bench)
        before = made.passed()
        root = str(Path(module.__file__).parents[1])
        subprocess.run(
            [sys.executable, "-c", SEND, str(made.near)],
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": f"{root}/src:{root}"},
        )
        assert [now - then for now, then in zip(made.passed(), before, strict=True)] == [7, 7]
        shown = subprocess.run(
            made.far_command("ip", "-br", "link"), capture_output=True, text=True, check=True, timeout=60
        )
        assert "far" in shown.stdout
    assert not Path(f"/proc/{made.near}/ns/net").exists()
    assert NEAR not in [name for _, name in socket.if_nameindex()]


def test_without_the_privilege_it_says_who_makes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "need", lambda program, _: program)
    monkeypatch.setattr("benchmarks.wire.os.geteuid", lambda: 1000)
    with Bench("wire", tmp_path, quick=True) as bench, pytest.raises(Missing, match="made by root"):
        wire(bench)
