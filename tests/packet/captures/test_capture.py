"""Captures: many files as one, what is damaged, what they tell, and what grows."""

from __future__ import annotations

import gzip
import os
import threading
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.captures import Damaged, Interface, Note, Section, capture, create, open_capture, read
from netloom.packet.captures.capture import open_part
from netloom.packet.frame import Frame
from tests.packet.captures import samples
from tests.packet.captures.samples import FIRST, KEY_LOG, NAMES, PCAPNG, RAW

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")

PCAP = samples.pcap() + b"".join(samples.record("<", number, 0, bytes([number]) * 20) for number in range(5))
FRAMES = [Frame(bytes([number]) * 20, number * 1_000_000_000, 1, 20) for number in range(5)]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_many_files_are_one(tmp_path: Path) -> None:
    paths = [
        written(tmp_path / "a", PCAP),
        written(tmp_path / "b", PCAPNG),
        written(tmp_path / "c", gzip.compress(PCAP)),
        written(tmp_path / "d", zstandard.compress(PCAPNG) + zstandard.compress(PCAPNG)),
    ]
    with open_capture(paths) as found:
        assert found.secrets == b""
        assert list(found.frames()) == [*FRAMES, FIRST, *FRAMES, FIRST, FIRST]
        assert found.secrets == KEY_LOG * 3
        assert found.names == NAMES
        assert (found.drops, found.notes) == (0, [])
        assert found.position == found.size == sum(path.stat().st_size for path in paths)


def test_one_path_is_enough(tmp_path: Path) -> None:
    path = written(tmp_path / "a", PCAP)
    assert list(open_capture(path).frames()) == list(open_capture(str(path)).frames()) == FRAMES
    with pytest.raises(UsageError, match="no capture file"):
        open_capture([])
    with pytest.raises(UsageError, match="there is no file"):
        open_capture([path, tmp_path / "missing"])


@pytest.mark.parametrize("data", [PCAP, PCAPNG], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("packed", [False, True])
def test_cut_at_each_byte(tmp_path: Path, data: bytes, packed: bool) -> None:
    """All that is whole is kept, the place is told, and the files behind it are read."""
    whole = written(tmp_path / "whole", PCAP)
    complete = list(open_capture(written(tmp_path / "x", data)).frames())
    for end in range(4, len(data)):
        path = written(tmp_path / "x", gzip.compress(data[:end], 1) if packed else data[:end])
        with open_capture([path, whole]) as found:
            frames = list(found.frames())
        kept = frames[: -len(FRAMES)]
        assert frames[-len(FRAMES) :] == FRAMES
        assert kept == complete[: len(kept)]
        for note in found.notes:
            assert (note.name, note.frames) == (str(path), len(kept))
            assert note.byte <= end
        with open_capture(path, strict=True) as strict:
            if found.notes:
                with pytest.raises(Damaged, match=f"at byte {found.notes[0].byte}:"):
                    list(strict.frames())
            else:
                assert list(strict.frames()) == kept


def test_the_place_is_the_files_and_not_the_buffers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = PCAP + samples.record("<", 9, 0, bytes(100))[:-1]
    path = written(tmp_path / "x", data)
    part = open_part(path)
    part.close()
    for chunk in (16, 64, 100_000):
        part = open_part(path)
        assert sum(isinstance(block, Frame) for block in part.blocks(chunk)) == 5
        assert part.note == Note(str(path), len(PCAP), 5, "it ends within a packet")
        part.close()
    assert str(part.note) == f"{path} is damaged at byte {len(PCAP)}: it ends within a packet; 5 packets before it kept"
    assert "1 packet before" in str(Note("x", 1, 1, "bad"))


def test_what_is_broken_in_the_compressed_is_noted(tmp_path: Path) -> None:
    path = written(tmp_path / "x", gzip.compress(PCAP)[:-9])
    with open_capture([path, path]) as found:
        frames = list(found.frames())
    assert frames == (frames[: len(frames) // 2]) * 2
    assert [note.what for note in found.notes] == ["what is compressed in it is cut"] * 2
    path = written(tmp_path / "y", gzip.compress(PCAP)[:8])
    with open_capture(path) as found:
        assert list(found.frames()) == []
    assert found.notes[0].byte == 0


@settings(deadline=None)  # it writes files
@given(st.lists(st.integers(0, 3000), max_size=12), st.integers(1, 5000))
def test_however_it_is_read(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], chunk: int) -> None:
    """Blocks larger than what is read at a time make the buffer grow."""
    path = tmp_path_factory.getbasetemp() / "however"
    frames = [Frame(os.urandom(size), number, 1, size) for number, size in enumerate(sizes)]
    for name in ("pcap", "pcapng"):
        with create(path.with_suffix(f".{name}"), overwrite=True) as writer:
            for frame in frames:
                writer.write(frame)
        part = open_part(path.with_suffix(f".{name}"))
        assert samples.frames_of(list(part.blocks(chunk))) == frames
        part.close()


def test_who_drives_it_tells_what_was_left(tmp_path: Path) -> None:
    """As kernels do: they read into a buffer of theirs, and come back for what is no frame."""
    path = written(tmp_path / "x", PCAP[:-1])
    with open_capture(path) as found:
        for part in found.parts():
            buffer = bytearray(len(PCAP))
            end = part.source.read_into(buffer)
            at = 0
            while end < len(PCAP) - 1:
                end += part.source.read_into(memoryview(buffer)[end:])
            while (block := part.reader.block(buffer, at, end)) is not None:
                part.frames += isinstance(block[0], Frame)
                at = block[1]
            assert part.source.read_into(buffer) == 0
            part.ended(end - at)
            part.ended(end - at)
            assert found.notes == [part.note]
        assert found.notes == [Note(str(path), len(PCAP) - 36, 4, "it ends within a packet")]


def test_a_capture_that_grows(tmp_path: Path) -> None:
    first = written(tmp_path / "a", PCAP)
    path = written(tmp_path / "b", b"")
    with open_capture([first, path], follow=True) as found:
        got: list[Frame] = []
        seen = threading.Semaphore(0)

        def follow() -> None:
            for frame in found.frames():
                got.append(frame)
                seen.release()

        thread = threading.Thread(target=follow)
        thread.start()
        with path.open("ab") as file:
            for end in (3, 24, 30, len(PCAP) - 1, len(PCAP)):
                file.write(PCAP[file.tell() : end])
                file.flush()
        for _ in range(10):
            assert seen.acquire(timeout=30)
        found.cancel()
        thread.join()
        assert got == FRAMES + FRAMES
        assert found.notes == []


def test_it_can_be_left_at_any_time(tmp_path: Path) -> None:
    path = written(tmp_path / "x", PCAP)
    with open_capture([path, path]) as found:
        assert next(found.frames()) == FRAMES[0]
    found = open_capture([path, path])
    found.cancel()
    assert list(found.frames()) == []


def test_one_file_whole_and_sound(tmp_path: Path) -> None:
    path = written(tmp_path / "x", PCAPNG)
    assert list(read(path))[:2] == [Section("netloom", "of a test"), RAW]
    with pytest.raises(Damaged):
        list(read(written(tmp_path / "y", PCAPNG[:-1])))
    with pytest.raises(UsageError):
        read(tmp_path / "missing")


def test_old_record_headers_are_found_out(tmp_path: Path) -> None:
    records = b"".join(
        samples.record("<", 1_700_000_000, 5, bytes(8) + bytes([number]) * 32)[:8]
        + (32).to_bytes(4, "little") * 2 + bytes(8) + bytes([number]) * 32
        for number in range(9)
    )  # fmt: skip
    for data in (samples.pcap() + records, gzip.compress(samples.pcap() + records)):
        with open_capture(written(tmp_path / "x", data)) as found:
            assert [frame.data for frame in found.frames()] == [bytes([number]) * 32 for number in range(9)]


def test_nothing_is_sized_by_what_a_file_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[int] = []
    real = bytearray

    def watched(size: int) -> bytearray:
        grown.append(size)
        return real(size)

    monkeypatch.setattr(capture, "bytearray", watched, raising=False)
    claims = [samples.pcap(snap=1 << 30) + b"\0" * 8 + (1 << 23).to_bytes(4, "little") * 2 + b"abc"]
    claims.append(samples.section("<") + (99).to_bytes(4, "little") + (1 << 24).to_bytes(4, "little"))
    for data in claims:
        with open_capture(written(tmp_path / "x", data)) as found:
            assert list(found.frames()) == []
            assert len(found.notes) == 1
    assert max(grown) <= capture.CHUNK
    assert Interface(1) == Interface(1)
