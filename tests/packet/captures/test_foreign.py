"""Files that are no captures are named, and it is said what is read."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures import open_capture, parse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (b"", "it is empty", "pcap and pcapng are read"),
        (b"\xd4\xc3", "starts with", "pcap and pcapng are read"),
        (b'{"a": 1}', "JSON", "pcap and pcapng are read"),
        (b"CLIENT_RANDOM 0 1\n", "key log", "pcap and pcapng are read"),
        (b"snoop\0\0\0\0\0\0\2", "snoop", "editcap"),
        (b"GMBU" + bytes(20), "Network Monitor", "editcap"),
        (b"\x7fELF", "a program", "pcap and pcapng are read"),
        (b"something", "starts with b'somethin'", "pcap and pcapng are read"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_they_are_named(tmp_path: Path, data: bytes, words: str, hint: str, packed: bool) -> None:
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(UsageError, match=words) as caught:
        list(open_capture(path).frames())
    assert hint in caught.value.hint
    assert str(path) in str(caught.value)
    with pytest.raises(UsageError, match=words):
        list(parse(data))


def test_compressed_twice(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(gzip.compress(b"x")))
    with pytest.raises(UsageError, match="gzip, twice"):
        list(open_capture(path).frames())
