"""Decompression: members one after another, cut, broken, followed by something else, and bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import zstandard

from netloom.packet.captures import Damaged
from netloom.packet.captures.unpack import COMPRESSED, MEMORY_LIMIT, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = os.urandom(1000) + bytes(300_000) + b"netloom" * 10_000
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}


def unpack(kind: str, packed: bytes, piece: int = 65_536, room: int = 5000) -> tuple[bytes, Damaged | None]:
    """What comes out, and what is wrong in the end."""
    file = io.BytesIO(packed)
    beginning = file.read(8)
    reader = unpacked(kind, "x", beginning, lambda size: file.read(min(size, piece)))
    view = memoryview(bytearray(room))
    out = bytearray()
    try:
        while count := reader.read_into(view):
            out += view[:count]
        assert reader.read_into(view) == 0
    except Damaged as error:
        with pytest.raises(Damaged):
            reader.read_into(view)
        return bytes(out), error
    return bytes(out), None


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("piece", [1, 7, 65_536])
@pytest.mark.parametrize("room", [100, 1 << 20])
def test_in_any_pieces(kind: str, piece: int, room: int) -> None:
    packed = PACKERS[kind](DATA)
    assert next(words for magic, words in COMPRESSED.items() if packed.startswith(magic)) == kind
    assert unpack(kind, packed, piece, room) == (DATA, None)


@pytest.mark.parametrize("kind", PACKERS)
def test_members_follow_each_other(kind: str) -> None:
    pack = PACKERS[kind]
    assert unpack(kind, pack(b"one") + pack(b"") + pack(b"two") + pack(DATA), 3) == (b"onetwo" + DATA, None)


@pytest.mark.parametrize("kind", ["gzip", "xz"])
def test_zeros_may_follow(kind: str) -> None:
    pack = PACKERS[kind]
    assert unpack(kind, pack(b"one") + bytes(512) + pack(b"two") + bytes(70_000)) == (b"onetwo", None)


@pytest.mark.parametrize("kind", PACKERS)
def test_something_else_follows(kind: str) -> None:
    out, wrong = unpack(kind, PACKERS[kind](DATA) + b"something else, and a lot of it")
    assert out == DATA
    assert wrong is not None
    assert wrong.offset == len(DATA)


@pytest.mark.parametrize("kind", PACKERS)
def test_cut_at_each_byte(kind: str) -> None:
    packed = PACKERS[kind](b"netloom" * 20)
    for end in range(8, len(packed)):
        out, wrong = unpack(kind, packed[:end])
        assert (b"netloom" * 20).startswith(out)
        assert wrong is not None, end
        assert wrong.offset == len(out)


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_broken(kind: str, place: float) -> None:
    """What was before the fault is the data."""
    data = os.urandom(500_000)
    packed = bytearray(PACKERS[kind](data))
    at = int(len(packed) * place)
    packed[at : at + 4] = bytes(byte ^ 0xFF for byte in packed[at : at + 4])
    out, wrong = unpack(kind, bytes(packed))
    assert wrong is not None
    assert "broken" in str(wrong)
    if kind != "bzip2":  # it checks, and mixes, 900 kB at a time
        assert out[: at - 70_000] == data[: at - 70_000]


def test_all_that_gzip_gives_before_a_fault_counts() -> None:
    packed = bytearray(gzip.compress(DATA))
    packed[-6] ^= 1  # of its check
    out, wrong = unpack("gzip", bytes(packed), room=1 << 20)
    assert wrong is not None
    assert out == DATA


@pytest.mark.parametrize("kind", PACKERS)
def test_bombs_take_no_memory(kind: str) -> None:
    bomb = PACKERS[kind](bytes(64 * 1024 * 1024))
    file = io.BytesIO(bomb)
    reader = unpacked(kind, "x", file.read(8), file.read)
    view = memoryview(bytearray(100_000))
    tracemalloc.start()
    try:
        while reader.read_into(view):
            pass
        assert tracemalloc.get_traced_memory()[1] < 12_000_000  # xz has a window of 8 MiB
    finally:
        tracemalloc.stop()


def test_windows_that_are_claimed_are_bounded() -> None:
    # A frame whose window is 2 GiB, and an xz block whose dictionary is
    out, wrong = unpack("zstd", b"\x28\xb5\x2f\xfd" + bytes([0, 21 << 3]) + b"\1\0\0")
    assert (out, wrong is not None) == (b"", True)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2 * MEMORY_LIMIT}]
    out, wrong = unpack("xz", lzma.compress(b"x", filters=filters))
    assert (out, wrong is not None) == (b"", True)


def test_a_skippable_frame_is_skipped() -> None:
    packed = b"\x50\x2a\x4d\x18\5\0\0\0hello" + PACKERS["zstd"](b"data")
    assert unpack("zstd", packed) == (b"data", None)
