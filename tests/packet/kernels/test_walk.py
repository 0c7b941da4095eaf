"""Walking by kernel finds the frames that the plain reader finds, in every kind of capture, whole or damaged."""

from __future__ import annotations

import gzip
import struct
from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import open_capture
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.batches import CHUNK, batches
from netloom.packet.kernels.rows import BATCH, ROW
from netloom.packet.row import UNTOLD

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.captures import Note

Found = tuple[int, int, int, int, bytes]
"""Time, interface, link type, octets that passed, and those that were kept."""


def by_kernel(path: Path) -> tuple[list[Found], list[Note]]:
    found: list[Found] = []
    with open_capture(path) as capture:
        for batch in batches(capture):
            for row in batch.rows.reshape(-1, ROW)[: batch.size].tolist():
                data = batch.data[row[R.PLACE] : row[R.PLACE] + row[R.CAPTURED]].tobytes()
                found.append((row[R.TIME], row[R.INTERFACE], row[R.LINK], row[R.LENGTH], data))
        return found, capture.notes


def by_twin(path: Path) -> tuple[list[Found], list[Note]]:
    with open_capture(path) as capture:
        found = [
            (
                UNTOLD if frame.timestamp_ns is None else frame.timestamp_ns,
                frame.interface,
                frame.link_type,
                frame.length,
                frame.data,
            )
            for frame in capture.frames()
        ]
        return found, capture.notes


def compare(path: Path, octets: bytes) -> int:
    path.write_bytes(octets)
    found, notes = by_kernel(path)
    assert (found, notes) == by_twin(path)
    return len(found)


def pcap(random: Random, count: int, order: str = "<", magic: int = 0xA1B2C3D4, head: bytes = b"") -> bytes:
    records = [struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, 1)]
    for number in range(count):
        data = random.randbytes(random.choice([0, 1, 60, 60, 1500]))
        record = struct.pack(order + "IIII", number, random.randrange(1_000_000), len(data), len(data) + number % 3)
        records.append(record + head + data)
    return b"".join(records)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def section(random: Random, count: int, order: str) -> bytes:
    """A section of every kind of block, with interfaces whose clocks are as odd as they may be."""
    made = [block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    interfaces = 0
    for _ in range(count):
        kind = random.choice([6] * 8 + [3, 2, 1, 4, 5, 10, 0x0BAD]) if interfaces else 1
        data = random.randbytes(random.choice([0, 1, 60, 60, 1500]))
        number = random.randrange(interfaces) if interfaces else 0
        ticks = random.choice([random.randrange(1 << 62), random.randrange(1 << 20), (1 << 64) - 1])
        times = struct.pack(order + "II", ticks >> 32, ticks & 0xFFFFFFFF)
        lengths = struct.pack(order + "II", len(data), len(data) + random.randrange(2))
        if kind == 6:
            body = struct.pack(order + "I", number) + times + lengths + data
            body += bytes(-len(body) % 4)
            if random.random() < 0.2:
                body += struct.pack(order + "HHI", 2, 4, 1) + bytes(4)
        elif kind == 2:
            body = struct.pack(order + "HH", number, 0) + times + lengths + data
        elif kind == 3:
            body = struct.pack(order + "I", len(data)) + data
        elif kind == 1:
            resolution = random.choice([6, 6, 9, 3, 0, 10, 12, 25, 127, 0x80, 0x80 | 10, 0x80 | 30, 0x80 | 63, 0xFF])
            options = struct.pack(order + "HHBxxx", 9, 1, resolution)
            offset = random.choice([0, 0, 1, -1, 1 << 33, -(1 << 33), (1 << 63) - 1])
            options += struct.pack(order + "HHq", 14, 8, offset) + bytes(4)
            snap = random.choice([0, 0, 65535, 10])
            body = struct.pack(order + "HHI", random.choice([1, 101, 276]), 0, snap) + options
            interfaces += 1
        elif kind == 5:
            body = struct.pack(order + "III", number, 0, 0)
        elif kind == 10:
            body = struct.pack(order + "II", 0x544C534B, len(data)) + data
        elif kind == 4:
            body = bytes(4)
        else:
            body = data
        made.append(block(order, kind, body))
    return b"".join(made)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_pcap(order: str, magic: int, tmp_path: Path) -> None:
    assert compare(tmp_path / "x", pcap(Random(1), 2 * BATCH + 5, order, magic)) == 2 * BATCH + 5


def test_records_with_longer_headers(tmp_path: Path) -> None:
    assert compare(tmp_path / "x", pcap(Random(2), 100, "<", 0xA1B2CD34, bytes(8))) == 100


@pytest.mark.parametrize("seed", range(8))
def test_pcapng(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    octets = b"".join(section(random, 800, random.choice("<>")) for _ in range(3))
    assert compare(tmp_path / "x", octets) > 1000


def test_compressed(tmp_path: Path) -> None:
    assert compare(tmp_path / "x.pcap.gz", gzip.compress(pcap(Random(3), 3000))) == 3000


def test_a_block_that_is_larger_than_what_is_read_at_a_time(tmp_path: Path) -> None:
    large = block("<", 0x0BAD, bytes(5 * CHUNK + 7))
    octets = section(Random(1), 5, "<") + large + section(Random(2), 5, "<")
    assert compare(tmp_path / "x", octets) > 2


@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_cut_anywhere(kind: str, tmp_path: Path) -> None:
    octets = pcap(Random(4), 12) if kind == "pcap" else section(Random(4), 12, "<")
    for end in range(4, len(octets)):
        compare(tmp_path / "x", octets[:end])


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_captures_are_read_alike(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    for _ in range(150):
        order = random.choice("<>")
        octets = bytearray(pcap(random, 20, order) if random.random() < 0.4 else section(random, 30, order))
        for _ in range(random.choice([1, 2, 5])):
            at = random.randrange(4, len(octets))
            octets[at] = random.choice([0, 1, 0x7F, 0xFF, random.randrange(256)])
        compare(tmp_path / "x", bytes(octets))
