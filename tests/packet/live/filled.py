"""Blocks of a ring as the kernel fills them, made by hand: of any frames, tags and origins, in memory of our own."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from netloom.packet.live import layout
from netloom.packet.live.blocks import Blocks
from netloom.packet.live.interfaces import COOKED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from netloom.packet.frame import Frame

SIZE = 1 << 14


class Put(NamedTuple):
    """A frame as the kernel puts it into a block: what it took out of it stands beside."""

    data: bytes
    length: int
    seconds: int = 1_700_000_000
    nanoseconds: int = 0
    status: int = 1
    tag: int = 0
    tag_type: int = 0
    origin: bytes = layout.ORIGIN.pack(17, b"\x08\0", 3, 1, 0, 6, bytes(range(1, 9)))


def octets(puts: Sequence[Put], *, cooked: bool = False, ready: bool = True, size: int = SIZE) -> bytes:
    """A block with some frames, which are ours or still the kernel's."""
    begin = 96 if cooked else 82
    made = bytearray(layout.BLOCK_HEADER)
    for number, one in enumerate(puts):
        step = -(-(begin + len(one.data)) // 16) * 16
        last = number == len(puts) - 1
        head = layout.PACKET.pack(
            0 if last else step, one.seconds, one.nanoseconds, len(one.data), one.length, one.status, begin,
            begin + 14, 0, one.tag, one.tag_type,
        )  # fmt: skip
        frame = head.ljust(layout.PACKET_HEADER, b"\0") + one.origin
        made += (frame.ljust(begin, b"\0") + one.data).ljust(step, b"\0")
    assert len(made) <= size
    struct.pack_into("=III", made, layout.BLOCK_STATUS, layout.OURS if ready else 0, len(puts), layout.BLOCK_HEADER)
    return bytes(made.ljust(size, b"\0"))


def ring(*blocks: bytes, link_type: int = 1, snap: int = 65_535, size: int = SIZE) -> Blocks:
    """A ring of them."""
    return Blocks(memoryview(bytearray(b"".join(blocks))), link_type, snap, size)


def some(random: Random, link_type: int, room: int = SIZE) -> list[Put]:
    """Frames of all lengths, with tags and without, from anywhere, as many as a block has room for."""
    puts: list[Put] = []
    room -= layout.BLOCK_HEADER
    few = random.random() < 0.3
    while not few or len(puts) < 3:
        data = random.randbytes(random.choice([0, 1, 2, 3, 11, 12, 13, 60, 61, 62, 63, 64, 700, 1514]))
        room -= -(-(96 + len(data)) // 16) * 16
        if room < 0:
            break
        tagged = random.random() < 0.3
        origin = layout.ORIGIN.pack(
            17, random.randbytes(2), random.randrange(1 << 31), random.randrange(1 << 16), random.randrange(5),
            random.choice([0, 1, 6, 8, 20, 255]), random.randbytes(8),
        )  # fmt: skip
        puts.append(
            Put(
                data,
                len(data) + random.choice([0, 0, 1, 9000]),
                random.randrange(1 << 32),
                random.randrange(1_000_000_000),
                random.randrange(128) if tagged else random.randrange(128) & ~layout.VLAN_VALID,
                random.choice([0, 5, 0x2123, 0xFFFF, 0x10000]) if tagged else 0,
                random.choice([0, 0x8100, 0x88A8]),
                origin,
            )
        )
    return puts


def put(frame: Frame) -> Put:
    """A frame of which nothing was taken out."""
    seconds, nanoseconds = divmod(frame.timestamp_ns or 0, 1_000_000_000)
    return Put(frame.data, frame.length, seconds, nanoseconds)


def holding(frames: Sequence[Frame], size: int = SIZE) -> list[bytes]:
    """Blocks of these frames, each as full as it gets."""
    blocks: list[list[Put]] = [[]]
    room = size - layout.BLOCK_HEADER
    for frame in frames:
        taken = -(-(82 + len(frame.data)) // 16) * 16
        if taken > room:
            blocks.append([])
            room = size - layout.BLOCK_HEADER
        room -= taken
        blocks[-1].append(put(frame))
    return [octets(puts, size=size) for puts in blocks]


LINKS = (1, 101, COOKED)
