"""pcapng: what is written is read again, in both byte orders; foreign and broken files are told apart."""

from __future__ import annotations

import os
import stat
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packets import pcapng
from netloom.packets.pcapng import Interface, Names, Other, Packet, Secrets, Section, Writer
from tests.fuzzing import hammer

if TYPE_CHECKING:
    from pathlib import Path

KEY_LOG = b"CLIENT_RANDOM 00 11\n"
START = pcapng.section_block(comment="of a test") + pcapng.interface_block("tun")
SAMPLE = (
    START
    + pcapng.names_block({"127.1.2.3": "/run/x.sock", "::1": "here"})
    + pcapng.secrets_block(KEY_LOG)
    + pcapng.packet_block(b"E12", 1_790_000_000_123_456_789, pcapng.OUTBOUND, "first")
)


def test_what_is_written_is_read_again() -> None:
    assert list(pcapng.parse(SAMPLE)) == [
        Section("netloom", "of a test"),
        Interface(101, "tun"),
        Names({"127.1.2.3": "/run/x.sock", "::1": "here"}),
        Secrets(pcapng.SECRETS_TLS_KEY_LOG, KEY_LOG),
        Packet(b"E12", 1_790_000_000_123_456_789, 0, 101, 3, pcapng.OUTBOUND, "first"),
    ]


@given(st.binary(max_size=99), st.integers(0, (1 << 64) - 1), st.integers(0, 2), st.text(max_size=40))
def test_packets_both_ways(data: bytes, timestamp: int, direction: int, comment: str) -> None:
    comment = comment.encode("utf-8", "replace").decode()
    block = pcapng.packet_block(data, timestamp, direction, comment)
    assert len(block) % 4 == 0
    assert list(pcapng.parse(START + block))[2:] == [Packet(data, timestamp, 0, 101, len(data), direction, comment)]


def test_the_other_byte_order_and_clock() -> None:
    def block(kind: int, body: bytes) -> bytes:
        return struct.pack(">II", kind, 12 + len(body)) + body + struct.pack(">I", 12 + len(body))

    # A second section, big endian: time in 2^-10 s from 1970-01-01 00:01 on, and an interface without a resolution
    options = struct.pack(">HHB3xHHq", 9, 1, 0x8A, 14, 8, 60)
    other = (
        block(0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1))
        + block(1, struct.pack(">HHI", 1, 0, 0) + options)
        + block(1, struct.pack(">HHI", 113, 0, 0))
        + block(6, struct.pack(">IIIII", 0, 0, 512, 2, 9) + b"ab\0\0")
        + block(6, struct.pack(">IIIII", 1, 0, 5, 1, 1) + b"c\0\0\0")
        + block(3, struct.pack(">I", 2) + b"de\0\0")
        + block(0x40000001, b"mine")
    )
    assert list(pcapng.parse(SAMPLE + other))[5:] == [
        Section(),
        Interface(1),
        Interface(113),
        Packet(b"ab", 60_500_000_000, 0, 1, 9),
        Packet(b"c", 5_000, 1, 113, 1),
        Packet(b"de", None, 0, 1, 2),
        Other(0x40000001, b"mine"),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "classic pcap"),
        (b"\x1f\x8b\x08", "gzip"),
        (b'{"a": 1}', "JSON"),
        (b"CLIENT_RANDOM 0 1\n", "key log"),
        (b"\x7fELF", "starts with"),
    ],
)
def test_foreign_files_are_named(data: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        list(pcapng.parse(data))


@pytest.mark.parametrize("end", range(1, 20))
def test_a_cut_file_gives_what_is_whole(end: int) -> None:
    got = []
    with pytest.raises(UsageError, match="damaged at byte"):  # noqa: PT012 - the error comes after the blocks
        for block in pcapng.parse(SAMPLE[:-end]):
            got.append(block)  # noqa: PERF402
    assert len(got) == 4


@pytest.mark.parametrize(
    "block",
    [
        struct.pack("<III", 6, 8, 8),
        struct.pack("<III", 6, 13, 13),
        struct.pack("<III", 6, 1 << 30, 1 << 30),
        struct.pack("<III", 99, 12, 16),
        struct.pack("<IIIII", 0x0A0D0D0A, 20, 7, 7, 20),
        pcapng.packet_block(b"x", 0, interface=7),
        struct.pack("<II5II", 6, 32, 0, 0, 0, 50, 50, 32),
        struct.pack("<IIIII", 10, 20, 1, 50, 20),
    ],
)
def test_damage_is_told_with_its_place(block: bytes) -> None:
    with pytest.raises(UsageError, match=r"damaged at byte \d+"):
        list(pcapng.parse(START + block))


def test_blocks_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    block = struct.pack("<II", 99, 72) + bytes(60) + struct.pack("<I", 72)
    assert len(list(pcapng.parse(START + block))) == 3
    monkeypatch.setattr(pcapng, "BLOCK_LIMIT", 68)
    with pytest.raises(UsageError, match="a block of 72 octets"):
        list(pcapng.parse(START + block))


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(lambda data: list(pcapng.parse(data)), [SAMPLE], allowed=UsageError)


def test_what_no_file_can_tell_is_refused() -> None:
    with pytest.raises(UsageError):
        pcapng.packet_block(b"", -1)
    with pytest.raises(UsageError):
        pcapng.packet_block(b"", 0, comment="x" * 70_000)


# The file


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    before = os.umask(0)
    try:
        writer = Writer(path)
    finally:
        os.umask(before)
    writer.close()
    writer.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_write_leaves_a_valid_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    writer = Writer(path)
    writer.write(START)
    for number in range(5):
        writer.write(pcapng.packet_block(b"x", number))
        assert len(list(pcapng.read(path))) == 3 + number
    writer.close()


def test_an_existing_file_is_kept_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    path.write_bytes(b"precious")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="exists"):
        Writer(path)
    assert path.read_bytes() == b"precious"
    writer = Writer(path, overwrite=True)
    writer.write(START)
    writer.close()
    assert path.read_bytes() == START
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_devices_and_pipes_can_be_written(tmp_path: Path) -> None:
    writer = Writer("/dev/null")
    writer.write(START)
    writer.close()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        writer = Writer(pipe)
        writer.write(START)
        writer.close()
        assert os.read(reader, 4096) == START
    finally:
        os.close(reader)


def test_paths_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't write"):
        Writer(tmp_path / "missing" / "x.pcapng")
    with pytest.raises(UsageError, match="can't write"):
        Writer(tmp_path, overwrite=True)
    with pytest.raises(UsageError, match="can't read"):
        pcapng.read(tmp_path / "missing")


def test_a_full_disk_leaves_what_was_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pcapng"
    writer = Writer(path)
    writer.write(START)
    real = os.write
    room = [10]

    def write(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[: room.pop()])

    monkeypatch.setattr("netloom.packets.pcapng.os.write", write)
    with pytest.raises(UsageError, match="No space left"):
        writer.write(pcapng.packet_block(b"x", 0))
    monkeypatch.undo()
    assert path.read_bytes() == START
    writer.write(pcapng.packet_block(b"x", 0))
    writer.close()
    assert len(list(pcapng.read(path))) == 3
