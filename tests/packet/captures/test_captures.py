"""The names that capture files' users need, and that those who need none of them load nothing for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from netloom.packet import captures


def test_every_name_is_there() -> None:
    for name in captures.__all__:
        assert getattr(captures, name).__class__ is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = captures.nothing


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("import netloom.packet.captures.record", {"netloom.packet.captures.capture", "struct"}),
        ("from netloom.packet.captures import open_capture, create", {"zlib", "lzma", "bz2", "zstandard", "asyncio"}),
    ],
)
def test_it_loads_little(line: str, absent: set[str]) -> None:
    script = f"import sys, msgspec, ipaddress; before = set(sys.modules); {line}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert not absent & set(done.stdout.split())
