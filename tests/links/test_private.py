"""Files for their owner alone."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.links import private

if TYPE_CHECKING:
    from pathlib import Path


def test_who_is_first_stays(tmp_path: Path) -> None:
    path = tmp_path / "key"
    private.store(path, b"one")
    private.store(path, b"two")
    assert path.read_bytes() == b"one"
    private.store(path, b"three", replace=True)
    assert path.read_bytes() == b"three"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        private.store(path, b"one", replace=True)
    assert list(tmp_path.iterdir()) == [path]


def test_others(tmp_path: Path) -> None:
    path = tmp_path / "key"
    private.store(path, b"one")
    private.check(path, "a key")
    path.chmod(0o640)
    with pytest.raises(UsageError, match=r"others can read .*key, a key") as caught:
        private.check(path, "a key")
    assert caught.value.hint == f"chmod 600 {path}"
