"""Compiled kernels are kept for their user, loaded without the compiler, and never taken from anybody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netloom.errors import CapabilityError
from netloom.packet.kernels import compiled
from netloom.packet.kernels.__main__ import main
from netloom.packet.kernels.entries import ENTRIES


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where they are kept, in this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Path(compiled.place())


def test_they_load_without_the_compiler() -> None:
    script = (
        "import sys\n"
        "from netloom.packet.kernels import compiled\n"
        "kernels = compiled.load()\n"
        "print(sorted(kernels), *(name in sys.modules for name in ('numba', 'llvmlite', 'numpy')))\n"
    )
    compiled.load()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == f"{sorted(ENTRIES)} False False False"


def test_what_was_built_is_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "build", lambda _=None: [])
    assert not compiled.ready()
    compiled.prepare()
    assert compiled.ready()
    assert place.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("octets", [b"", b"netloom kernels 2\n", b"netloom kernels 2\n\xff", b"something else"])
def test_what_is_damaged_is_built_anew(place: Path, monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    monkeypatch.setattr(compiled, "build", lambda _=None: [])
    compiled.prepare()
    place.write_bytes(octets)
    assert not compiled.ready()


def test_what_no_image_can_be_made_of_is_kept_as_it_is() -> None:
    built = [compiled.Built("x.y", "symbol", b"code")]
    assert compiled.made_of(built) == compiled.Made(None, built)


def test_they_depend_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    here = compiled._identity.__wrapped__()
    monkeypatch.setattr(compiled, "_processor", lambda: "another one")
    assert compiled._identity.__wrapped__() != here


def test_moments_of_the_processor_are_left_out() -> None:
    told = compiled._processor()
    assert "MHz" not in told
    assert ("flags" in told or "Features" in told) == Path("/proc/cpuinfo").exists()


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
