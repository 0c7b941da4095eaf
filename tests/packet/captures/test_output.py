"""Files that are written: private, never over others, compressed, and whole after a full disk."""

from __future__ import annotations

import gzip
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import zstandard

from netloom.errors import UsageError
from netloom.packet.captures.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    before = os.umask(0)
    try:
        output = Output(path)
    finally:
        os.umask(before)
    output.close()
    output.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_kept_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    path.write_bytes(b"precious")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="exists"):
        Output(path)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        Output(tmp_path / "link")
    assert path.read_bytes() == b"precious"
    output = Output(path, overwrite=True)
    output.write(b"new")
    output.close()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_devices_and_pipes_can_be_written(tmp_path: Path) -> None:
    output = Output("/dev/null")
    output.write(b"x")
    output.close()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        output = Output(pipe)
        output.write(b"x", b"y")
        output.close()
        assert os.read(reader, 4096) == b"xy"
    finally:
        os.close(reader)


def test_standard_output(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output = Output("-")
    output.write(b"abc")
    output.close()
    assert capfdbinary.readouterr().out == b"abc"


def test_paths_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "missing" / "x.pcapng", tmp_path):
        with pytest.raises(UsageError, match="can't write"):
            Output(path, overwrite=True)


@pytest.mark.parametrize(
    ("suffix", "unpack"),
    [
        (".gz", gzip.decompress),
        (".zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
        ("", bytes),
    ],
)
def test_suffixes_compress(tmp_path: Path, suffix: str, unpack: object) -> None:
    path = tmp_path / f"x.pcap{suffix}"
    data = os.urandom(100) * 1000
    output = Output(path)
    output.write(data[:50_000])
    output.write(data[50_000:])
    output.close()
    assert (path.stat().st_size < len(data)) == bool(suffix)
    assert unpack(path.read_bytes()) == data  # type: ignore[operator]


def test_going_on_with_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    for piece in (b"one", b"two"):
        output = Output(path, append=True)
        output.write(piece)
        output.close()
    assert gzip.decompress(path.read_bytes()) == b"onetwo"


@pytest.mark.parametrize("append", [False, True])
def test_a_full_disk_leaves_what_was_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, append: bool) -> None:
    path = tmp_path / "x"
    output = Output(path)
    output.write(b"whole")
    if append:
        output.close()
        output = Output(path, append=True)
    real = os.writev
    room = [3]

    def write(descriptor: int, pieces: Sequence[bytes]) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return real(descriptor, [b"".join(pieces)[: room.pop()]])

    monkeypatch.setattr("netloom.packet.captures.output.os.writev", write)
    with pytest.raises(UsageError, match="No space left"):
        output.write(b"doesn't", b" fit")
    monkeypatch.undo()
    assert path.read_bytes() == b"whole"
    output.write(b", and more")
    output.close()
    assert path.read_bytes() == b"whole, and more"


def test_more_pieces_than_one_call_takes(tmp_path: Path) -> None:
    """And a pipe that takes them bit by bit."""
    pieces = [os.urandom(number % 7) for number in range(3000)] + [os.urandom(200_000)]
    path = tmp_path / "x"
    output = Output(path)
    output.write(*pieces)
    output.close()
    assert path.read_bytes() == b"".join(pieces)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as other:
        read = other.submit(pipe.read_bytes)
        output = Output(pipe, overwrite=True)
        output.write(*pieces)
        output.close()
        assert read.result(10) == b"".join(pieces)
