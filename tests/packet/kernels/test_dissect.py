"""The kernel that dissects gives what its plain twin gives, of every header, whole or spoilt."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import open_capture
from netloom.packet.captures.compose import interface_block, packet_block, section_block
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.kernels.batches import Dissector, batches
from netloom.packet.kernels.rows import ROW
from netloom.packet.row import Row
from tests.packet import generated

if TYPE_CHECKING:
    from pathlib import Path

NAMES = Row.__struct_fields__


def by_kernel(path: Path) -> list[list[int]]:
    """The rows of a capture."""
    found: list[list[int]] = []
    dissector = Dissector()
    with open_capture(path) as capture:
        for batch in batches(capture):
            rows = dissector(batch).rows.reshape(-1, ROW)[: batch.size, : len(NAMES)]
            found += rows.tolist()
    return found


def by_twin(frame: Frame) -> list[int]:
    """A frame's row, 64 bits of each column with a sign, as kernels keep them."""
    row = dissect(frame).row
    values = [getattr(row, name) for name in NAMES]
    return [value - (1 << 64) if value >> 63 == 1 else value for value in values]


def written(path: Path, frames: list[Frame]) -> Path:
    link = frames[0].link_type
    blocks = [packet_block(frame) for frame in frames]
    path.write_bytes(section_block() + interface_block("test", link) + b"".join(blocks))
    return path


def compare(path: Path, frames: list[Frame]) -> None:
    rows = by_kernel(written(path, frames))
    assert len(rows) == len(frames)
    for frame, row in zip(frames, rows, strict=True):
        wanted = by_twin(frame)
        if row != wanted:
            differing = [(name, a, b) for name, a, b in zip(NAMES, row, wanted, strict=True) if a != b]
            pytest.fail(f"(column, kernel, twin) {differing}: {frame.data.hex()} {frame.length} {dissect(frame)}")


@pytest.mark.parametrize("link", generated.LINKS)
def test_every_header_is_read_alike(link: int, tmp_path: Path) -> None:
    compare(tmp_path / "x.pcapng", generated.frames(Random(link), 3000, link))


@pytest.mark.parametrize("link", generated.LINKS)
def test_frames_that_are_cut_anywhere_are_read_alike(link: int, tmp_path: Path) -> None:
    random = Random(-link)
    frames: list[Frame] = []
    for _ in range(8):
        octets = bytes(generated.stack(random, link))
        frames += [
            Frame(octets[:end], end, link, length) for end in range(len(octets)) for length in (len(octets), end)
        ]
    compare(tmp_path / "x.pcapng", frames or [Frame(b"", 0, link, 0)])


def test_headers_without_end_are_given_up_alike(tmp_path: Path) -> None:
    tags = Frame(bytes(12) + b"\x81\x00\x00\x01" * 100, 0, 1, 412)
    tunnels = (
        bytes(12)
        + b"\x08\x00"
        + b"".join(
            b"\x45\x00" + (20 * (60 - at)).to_bytes(2, "big") + bytes(5) + b"\x04" + bytes(10) for at in range(60)
        )
    )
    compare(tmp_path / "x.pcapng", [tags, Frame(tunnels, 0, 1, len(tunnels))])
    assert [dissect(frame).row.anomaly for frame in (tags, Frame(tunnels, 0, 1, len(tunnels)))] == [4, 4]
