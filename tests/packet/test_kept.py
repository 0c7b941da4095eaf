"""What is kept stays for its user alone, and nothing is taken that others could have written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netloom.packet.kept import Kept

KEPT = Kept("things", b"magic\n", spare=4)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a thing is kept, in this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Path(KEPT.place("one"))


def test_it_is_kept_for_this_user_alone(place: Path, tmp_path: Path) -> None:
    assert place == tmp_path / "netloom" / "things" / "one.things"
    assert KEPT.read(str(place)) is None
    KEPT.write(str(place), b"data")
    assert KEPT.read(str(place)) == b"data"
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700
    KEPT.write(str(place), b"other")
    assert KEPT.read(str(place)) == b"other"


@pytest.mark.parametrize("given", ["", "relative/place"])
def test_the_usual_place(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert KEPT.place("one") == str(Path.home() / ".cache/netloom/things/one.things")


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_could_have_written_is_not_read(place: Path, mode: int) -> None:
    KEPT.write(str(place), b"data")
    place.chmod(mode)
    assert KEPT.read(str(place)) is None


def test_what_another_user_wrote_is_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KEPT.write(str(place), b"data")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert KEPT.read(str(place)) is None


@pytest.mark.parametrize("octets", [b"", b"magic", b"something else"])
def test_what_begins_otherwise_is_not_read(place: Path, octets: bytes) -> None:
    KEPT.write(str(place), b"")
    assert KEPT.read(str(place)) == b""
    place.write_bytes(octets)
    assert KEPT.read(str(place)) is None


def test_old_ones_are_thrown_away(place: Path) -> None:
    KEPT.write(str(place), b"")
    for number in range(KEPT.spare + 3):
        old = place.with_name(f"old{number}.things")
        old.write_bytes(b"")
        os.utime(old, (number, number))
    KEPT.write(str(place), b"")
    left = sorted(path.name for path in place.parent.iterdir())
    assert len(left) == KEPT.spare + 1
    assert place.name in left
    assert "old0.things" not in left


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    place = str(tmp_path / "file" / "x.things")
    KEPT.write(place, b"data")
    assert KEPT.read(place) is None
