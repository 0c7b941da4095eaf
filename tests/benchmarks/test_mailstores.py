"""The letters that both mail stores have."""

from __future__ import annotations

import email
import email.policy
from typing import TYPE_CHECKING

from benchmarks.mailstores import letters

if TYPE_CHECKING:
    from pathlib import Path


def test_letters_are_the_same_every_time_and_as_long_as_asked(tmp_path: Path) -> None:
    letters(tmp_path / "a", 7, 2048)
    letters(tmp_path / "b", 7, 2048)
    found = {place.name: place.read_bytes() for place in (tmp_path / "a" / "cur").iterdir()}
    assert found == {place.name: place.read_bytes() for place in (tmp_path / "b" / "cur").iterdir()}
    assert sorted(name.rpartition(",")[2] for name in found) == ["", "", "", "S", "S", "S", "S"]
    for name, data in found.items():
        assert 1900 < len(data) < 2300, name
        assert data.count(b"\n") == data.count(b"\r\n")
        read = email.message_from_bytes(data, policy=email.policy.default)
        assert str(read["subject"]).startswith("Letter ")
