"""Sources: files, pipes, standard input, what grows, and ending a wait."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.captures import Damaged
from netloom.packet.captures.source import Source

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def whole(source: Source, room: int = 10) -> bytes:
    out, view = bytearray(), memoryview(bytearray(room))
    while count := source.read_into(view):
        out += view[:count]
    assert source.given == len(out)
    return bytes(out)


@pytest.mark.parametrize("room", [1, 10, 1000])
@pytest.mark.parametrize("peek", [0, 4, 100])
def test_a_file(tmp_path: Path, room: int, peek: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hello, capture" * 5)
    source = Source(path)
    assert source.peek(peek) == (b"hello, capture" * 5)[:peek]
    assert whole(source, room) == b"hello, capture" * 5
    assert (source.size, source.position, source.ready, source.compression) == (70, 70, True, "")
    source.close()
    source.close()


def test_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(bytes(100_000)))
    source = Source(path)
    assert source.peek(3) == bytes(3)
    assert whole(source, 1000) == bytes(100_000)
    assert source.compression == "gzip"
    assert source.position == source.size == path.stat().st_size
    source.close()


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(UsageError, match="can't be read"):
            Source(path)


def test_a_pipe_with_a_name(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb") as file:
            file.write(b"abc")
            file.flush()
            file.write(b"defghijkl")

    thread = threading.Thread(target=write)
    thread.start()
    source = Source(path)
    assert whole(source) == b"abcdefghijkl"
    assert (source.size, source.ready) == (None, False)
    source.close()
    thread.join()


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"from a file")
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        source = Source("-")
        assert (whole(source), source.size, source.name) == (b"from a file", 11, "standard input")
        source.close()
        assert not file.closed
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"in memory")))
    source = Source("-")
    assert whole(source) == b"in memory"
    source.close()
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="no standard input"):
        Source("-")


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_grows(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "x"
    pieces = [b"beginning", b"middle", b"end"]
    written = [gzip.compress(piece) if packed else piece for piece in pieces]
    path.write_bytes(written[0])
    source = Source(path, follow=True)
    view = memoryview(bytearray(100))
    out = bytearray()
    for count, piece in enumerate(written):
        if count:
            with path.open("ab") as file:
                file.write(piece)
        while len(out) < len(b"".join(pieces[: count + 1])):
            out += view[: source.read_into(view)]
    assert out == b"".join(pieces)
    threading.Timer(0.01, source.cancel).start()
    assert source.read_into(view) == 0
    source.close()


def test_a_followed_file_that_became_shorter(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    source = Source(path, follow=True)
    view = memoryview(bytearray(100))
    while source.given < 10:
        source.read_into(view)
    path.write_bytes(b"new")
    with pytest.raises(Damaged, match="at byte 10: it became shorter"):
        source.read_into(view)
    source.close()


def test_nobody_waits_for_a_pipes_writer_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    source = Source(path)
    threading.Timer(0.01, source.cancel).start()
    assert source.read_into(bytearray(10)) == 0
    source.close()


@pytest.mark.parametrize("follow", [False, True])
def test_a_pipe_that_says_nothing_can_be_left(follow: bool, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keeper = os.open(path, os.O_RDWR)
    try:
        os.write(keeper, b"12345678")
        source = Source(path, follow=follow)
        got: list[int] = []
        view = memoryview(bytearray(100))
        assert source.read_into(view) == 8
        thread = threading.Thread(target=lambda: got.append(source.read_into(view)))
        thread.start()
        source.cancel()
        thread.join()
        assert got == [0]
        source.close()
    finally:
        os.close(keeper)
