"""Compiled kernels are kept for their user, loaded without the compiler, and never taken from anybody else."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netloom.errors import CapabilityError
from netloom.packet.kernels import compiled
from netloom.packet.kernels.__main__ import main
from netloom.packet.kernels.entries import ENTRIES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where they are kept, in this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return compiled.place()


def test_they_load_without_numba() -> None:
    script = (
        "import sys\n"
        "from netloom.packet.kernels import compiled\n"
        "kernels = compiled.load()\n"
        "print(sorted(kernels), 'numba' in sys.modules, 'numpy' in sys.modules)\n"
    )
    compiled.load()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == f"{sorted(ENTRIES)} False False"


def test_what_was_built_is_kept_for_this_user_alone(place: Path) -> None:
    built = [compiled.Built("x.y", "symbol", b"code")]
    assert not compiled.ready()
    compiled.keep(place, built)
    assert compiled.kept(place) == built
    assert compiled.ready()
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_could_have_written_is_not_loaded(place: Path, mode: int) -> None:
    compiled.keep(place, [])
    place.chmod(mode)
    assert compiled.kept(place) is None


@pytest.mark.parametrize("octets", [b"", b"netloom kernels 1\n", b"netloom kernels 1\n\xff", b"something else"])
def test_what_is_damaged_is_built_anew(place: Path, octets: bytes) -> None:
    compiled.keep(place, [])
    place.write_bytes(octets)
    assert compiled.kept(place) is None


def test_old_builds_are_thrown_away(place: Path) -> None:
    compiled.keep(place, [])
    for number in range(compiled.KEPT + 3):
        old = place.with_name(f"old{number}.kernels")
        old.write_bytes(b"")
        os.utime(old, (number, number))
    compiled.keep(place, [])
    left = sorted(path.name for path in place.parent.iterdir())
    assert len(left) == compiled.KEPT + 1
    assert place.name in left
    assert "old0.kernels" not in left


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    place = tmp_path / "file" / "netloom" / "x.kernels"
    compiled.keep(place, [])
    assert compiled.kept(place) is None


def test_without_the_packages_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "available", lambda: False)
    with pytest.raises(CapabilityError) as caught:
        compiled.require()
    assert "netloom[packets]" in caught.value.hint


def test_building_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    first = dict(list(ENTRIES.items())[-1:])
    monkeypatch.setattr(compiled, "ENTRIES", first)
    told: list[tuple[str, int, int]] = []
    built = compiled.build(lambda *what: told.append(what))
    assert [one.name for one in built] == list(first)
    assert told == [(next(iter(first)), 0, 1)]
    assert built[0].code.startswith(b"\x7fELF") or sys.platform != "linux"


def test_they_can_be_compiled_ahead() -> None:
    compiled.load()
    command = [sys.executable, "-m", "netloom.packet.kernels"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "the packet kernels are compiled already\n"


def test_compiling_ahead_tells_of_each(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compiled, "ready", lambda: False)
    monkeypatch.setattr(compiled, "prepare", lambda tell: tell("walk.pcap", 0, 7))
    assert main() == 0
    assert capsys.readouterr().out == "1 of 7: walk.pcap\n"


def test_without_the_packages_it_fails_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiled, "ready", lambda: False)
    monkeypatch.setattr(compiled, "available", lambda: False)
    assert main() == 1
    assert "netloom[packets]" in capsys.readouterr().err
