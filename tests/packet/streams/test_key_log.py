"""A file with TLS secrets: read whole, or its absence told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.streams.key_log import read_key_log

if TYPE_CHECKING:
    from pathlib import Path


def test_its_lines_end(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"CLIENT_RANDOM 00 11")
    assert read_key_log(str(path)) == b"CLIENT_RANDOM 00 11\n"
    assert read_key_log("") == b""


def test_what_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_key_log(str(tmp_path / "none"))
