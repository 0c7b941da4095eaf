"""Reading ahead gives the batches that reading in turns gives, ends when nobody looks, and hands errors on."""

from __future__ import annotations

import os
import threading
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netloom.errors import NetloomError
from netloom.packet.captures import open_capture
from netloom.packet.kernels import ahead
from netloom.packet.kernels.ahead import Ahead
from netloom.packet.kernels.batches import CHUNK, Dissector, batches
from netloom.packet.kernels.rows import BATCH, HASH
from tests.packet import generated
from tests.packet.kernels.test_dissect import written
from tests.packet.kernels.test_walk import pcap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from netloom.packet.captures import Capture
    from netloom.packet.kernels.batches import Batch

KEYS = np.array([3, 5, 7, 11], np.int64)
Rows = list[tuple[list[int], bytes]]


def in_turns(capture: Capture) -> Iterable[Batch]:
    return map(Dissector(), batches(capture))


def rows(path: Path, read: Callable[[Capture], Iterable[Batch]]) -> tuple[Rows, list[str]]:
    """Every row and its octets; where a frame begins in a buffer may differ, how far from there to its headers not."""
    found: Rows = []
    with open_capture(path) as capture:
        for batch in read(capture):
            for row in batch.table[: batch.size]:
                place, size = int(row[33]), int(row[3])
                found.append((row[:33].tolist(), batch.data[place : place + size].tobytes()))
        return found, [note.what for note in capture.notes]


def reading() -> int:
    return sum(thread.name == "netloom reads ahead" for thread in threading.enumerate())


@pytest.mark.parametrize("cut", [0, 1, 700])
def test_it_reads_what_is_there(cut: int, tmp_path: Path) -> None:
    path = written(tmp_path / "x.pcapng", generated.frames(Random(3), 4 * BATCH, 1))
    octets = path.read_bytes()
    path.write_bytes(octets[: len(octets) - cut])
    expected = rows(path, in_turns)
    assert rows(path, lambda capture: map(Dissector(), Ahead(capture))) == expected
    assert rows(path, lambda capture: Ahead(capture, KEYS)) == expected


def test_it_hashes_where_somebody_has_keys(tmp_path: Path) -> None:
    path = written(tmp_path / "x.pcapng", generated.frames(Random(4), 2 * BATCH, 1))
    with open_capture(path) as capture, open_capture(path) as again:
        for one, other in zip(Ahead(capture, KEYS), map(Dissector(KEYS), batches(again)), strict=True):
            assert one.hashed is other.hashed is KEYS
            hashes = one.table[: one.size, HASH]
            assert (hashes == other.table[: other.size, HASH]).all()
            assert len(set(hashes.tolist())) > 100


def test_frames_that_fill_a_buffer(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    octets = pcap(Random(1), 300)
    huge = b"\0" * 8 + (3 * CHUNK).to_bytes(4, "little") * 2 + bytes(3 * CHUNK)
    path.write_bytes(octets[:16] + (4 * CHUNK).to_bytes(4, "little") + octets[20:] + huge + octets[24:] + huge)
    found, _ = rows(path, lambda capture: Ahead(capture, KEYS))
    assert [len(data) for _, data in found].count(3 * CHUNK) == 2
    assert (found, []) == rows(path, in_turns)


def test_several_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.pcap" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(pcap(Random(number), BATCH))
    with open_capture(paths) as capture:
        assert sum(batch.size for batch in Ahead(capture)) == 3 * BATCH


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_who_has_seen_enough_leaves_nothing_behind(seen: int, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(Random(1), 20 * BATCH))
    with open_capture(path) as capture:
        made = Ahead(capture)
        for _, _ in zip(range(seen), made, strict=False):
            pass
        capture.cancel()
        made.close()
        made.close()
    assert not reading()


def test_who_waits_for_octets_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    ended = threading.Event()

    def says_nothing() -> None:
        with path.open("wb"):
            ended.wait()

    writer = threading.Thread(target=says_nothing)
    writer.start()
    with open_capture(path) as capture:
        made = Ahead(capture)
        capture.cancel()
        made.close()
    ended.set()
    writer.join()
    assert not reading()


def test_errors_reach_whoever_asks(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pcap", tmp_path / "bad.pcap"
    good.write_bytes(pcap(Random(1), 5))
    bad.write_bytes(b"this is no capture at all")
    with open_capture([good, bad]) as capture:
        made = iter(Ahead(capture))
        assert next(made).size == 5
        with pytest.raises(NetloomError, match="bad"):
            next(made)
    assert not reading()


def test_a_thread_is_for_large_captures_and_several_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(Random(1), 5))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    with open_capture(path) as capture:
        assert not ahead.worthwhile(capture)
        monkeypatch.setattr(ahead, "ENOUGH", 1)
        assert ahead.worthwhile(capture)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
        assert not ahead.worthwhile(capture)
