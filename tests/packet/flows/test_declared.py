"""The protocols' patterns as they are kept: the same, as long as nobody has changed a declaration."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netloom import registry
from netloom.packet.flows import declared
from netloom.packet.flows.recognise import patterns

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = patterns(registry.protocols())
    assert declared.known() == expected
    monkeypatch.setattr(declared, "patterns", lambda _: pytest.fail("they were kept"))
    assert declared.known() == expected


@pytest.mark.parametrize("octets", [b"", b"netloom patterns 1\n\xff", b"netloom patterns 1\n\x92\x90\x90"])
def test_what_is_damaged_is_made_anew(tmp_path: Path, octets: bytes) -> None:
    expected = declared.known()
    (place,) = tmp_path.rglob("*.patterns")
    place.write_bytes(octets)
    assert declared.known() == expected
    assert place.read_bytes() != octets


def test_a_changed_declaration_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    declared.known()
    told = declared._told

    def changed(place: str) -> tuple[str, int, int]:
        name, when, size = told(place)
        return name, when + ("irc" in place), size

    monkeypatch.setattr(declared, "patterns", lambda _: [])
    assert declared.known() != []
    monkeypatch.setattr(declared, "_told", changed)
    assert declared.known() == []


def test_they_are_read_without_any_declaration() -> None:
    script = (
        "import sys\n"
        "from netloom.packet.flows.declared import recogniser\n"
        "found = recogniser().find('tcp', 'client', b'SSH-2.0-x')\n"
        "loaded = [name for name in sys.modules if name.startswith('netloom.protocols.')]\n"
        "print(found.name, loaded, recogniser().find('tcp', 'client', b'USER ann\\r\\n').name)\n"
    )
    for expected in (False, True):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.startswith("ssh [")
        assert done.stdout.endswith("] ftp\n")
        assert ("[]" in done.stdout) == expected
