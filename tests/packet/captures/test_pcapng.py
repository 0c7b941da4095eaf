"""pcapng: blocks of either order, clocks, options, every cut, and lengths that lie."""

from __future__ import annotations

import struct

import pytest

from netloom.packet.captures import (
    Damaged,
    Drops,
    Interface,
    Names,
    Other,
    PcapngReader,
    Secrets,
    Section,
    compose,
    parse,
)  # fmt: skip
from netloom.packet.captures.blocks import BLOCK_LIMIT, INTERFACES_LIMIT, SECRETS_TLS_KEY_LOG, Told
from netloom.packet.frame import Frame
from tests.fuzzing import hammer
from tests.packet.captures import samples
from tests.packet.captures.samples import FIRST, KEY_LOG, NAMES, PCAPNG, RAW, block, enhanced, interface, section

START = compose.section_block(comment="of a test") + compose.interface_block("tun")


def test_what_is_written_is_read_again() -> None:
    assert list(parse(PCAPNG)) == [
        Section("netloom", "of a test"),
        RAW,
        Names(NAMES),
        Secrets(SECRETS_TLS_KEY_LOG, KEY_LOG),
        FIRST,
    ]
    assert "CLIENT" not in repr(list(parse(PCAPNG))[3])


@pytest.mark.parametrize("order", ["<", ">"])
def test_sections_orders_and_clocks(order: str) -> None:
    # Time in 2^-10 s from 1970-01-01 00:01 on, and an interface without a resolution
    options = struct.pack(order + "HHB3xHHq", 9, 1, 0x8A, 14, 8, 60)
    other = (
        section(order)
        + interface(order, 1, options=options)
        + interface(order, 113, 0xFFFF)
        + enhanced(order, 0, 512, b"ab", 9)
        + enhanced(order, 1, 5, b"c")
        + block(order, 3, struct.pack(order + "I", 2) + b"de")
        + block(order, 0x40000001, b"mine")
    )
    found = list(parse(PCAPNG + other + PCAPNG))
    assert found[5:-5] == [
        Section(),
        Interface(1, ticks=1024, offset=60),
        Interface(113, snap=0xFFFF),
        Frame(b"ab", 60_500_000_000, 1, 9, 0),
        Frame(b"c", 5_000, 113, 1, 1),
        Frame(b"de", None, 1, 2),
        Other(0x40000001, b"mine"),
    ]
    assert found[:5] == found[-5:]


@pytest.mark.parametrize("order", ["<", ">"])
def test_blocks_that_come_seldom(order: str) -> None:
    statistics = struct.pack(order + "III", 0, 0, 0) + struct.pack(order + "HHQHHQHHQ", 4, 8, 99, 5, 8, 3, 7, 8, 4)
    flags = struct.pack(order + "HHI", 2, 4, 2)
    old = struct.pack(order + "HHIIII", 0, 0xFFFF, 0, 7, 3, 9) + b"abc\0" + flags
    told = Told()
    reader = PcapngReader(told=told)
    data = (
        section(order)
        + interface(order, 1, 2)
        + block(order, 2, old)
        + block(order, 3, struct.pack(order + "I", 900) + b"de")  # two octets were kept
        + block(order, 5, statistics)
        + block(order, 10, struct.pack(order + "II", 0x57474B4C, 3) + b"key")
    )
    at, found = 0, []
    while (read := reader.block(data, at, len(data))) is not None:
        found.append(read[0])
        at = read[1]
    assert found[2:] == [
        Frame(b"abc", 7_000, 1, 9, 0, 2),
        Frame(b"de", None, 1, 900),
        Drops(0, 7),
        Secrets(0x57474B4C, b"key"),
    ]
    assert told.drops == 7
    assert told.secrets == b""
    assert reader.order == order
    assert reader.interfaces == [Interface(1, snap=2)]


def test_comments_are_joined_and_flags_of_another_size_ignored() -> None:
    options = struct.pack("<HH4sHH4sHH4s", 1, 3, b"one", 1, 3, b"two", 2, 3, b"abc")
    body = struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"x\0\0\0" + options
    (frame,) = samples.frames_of(list(parse(START + block("<", 6, body))))
    assert (frame.comment, frame.direction) == ("one\ntwo", 0)


@pytest.mark.parametrize("options", [b"\1\0\xff\xffab", b"\1", b"\1\0\1\0a\0\0\0\2\0\4\0\1"])
def test_a_packet_counts_though_its_options_are_damaged(options: bytes) -> None:
    body = struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"x\0\0\0" + options
    (frame,) = samples.frames_of(list(parse(START + block("<", 6, body))))
    assert frame.data == b"x"


@pytest.mark.parametrize(
    ("resolution", "offset", "ticks", "nanoseconds"),
    [
        (6, 0, 5, 5_000),
        (9, 0, (1 << 63) - 1, (1 << 63) - 1),
        (9, 0, 1 << 63, None),
        (12, 0, 1 << 63, None),  # it would be a time, but signed 64 bits don't hold the ticks
        (0, 0, 1 << 40, None),
        (12, 0, 1999, 1),
        (127, 0, 5, 0),
        (0x80 | 127, 0, 5, 0),
        (0x80 | 1, 0, 3, 1_500_000_000),
        (6, -5, 1, -4_999_999_000),
        (6, 1 << 62, 1, None),
        (6, -(1 << 62), 1, None),
    ],
)
def test_time(resolution: int, offset: int, ticks: int, nanoseconds: int | None) -> None:
    options = struct.pack("<HHB3xHHq", 9, 1, resolution, 14, 8, offset)
    data = section("<") + interface("<", 1, options=options) + enhanced("<", 0, ticks, b"")
    (frame,) = samples.frames_of(list(parse(data)))
    assert frame.timestamp_ns == nanoseconds


@pytest.mark.parametrize("end", range(len(PCAPNG)))
def test_cut_at_each_byte(end: int) -> None:
    starts, at = [0], 0
    while at < len(PCAPNG):
        at += struct.unpack_from("<I", PCAPNG, at + 4)[0]
        starts.append(at)
    reader, at, got = PcapngReader(), 0, []
    while (read := reader.block(PCAPNG[:end], at, end)) is not None:
        got.append(read[0])
        at = read[1]
    assert at == max(start for start in starts if start <= end)
    assert got == list(parse(PCAPNG))[: starts.index(at)]
    if end >= 4 and end not in starts:
        with pytest.raises(Damaged, match=f"at byte {at}:"):
            list(parse(PCAPNG[:end]))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (struct.pack("<III", 6, 0, 0), "a block of 0 octets"),
        (struct.pack("<III", 6, 8, 8), "a block of 8 octets"),
        (struct.pack("<III", 6, 13, 13), "a block of 13 octets"),
        (struct.pack("<III", 6, 1 << 30, 1 << 30), "a block of 1073741824 octets"),
        (struct.pack("<III", 6, 0xFFFFFFFC, 0), "a block of 4294967292 octets"),
        (struct.pack("<III", 99, BLOCK_LIMIT + 4, 0), "octets"),
        (struct.pack("<III", 99, 12, 16), "two lengths differ"),
        (struct.pack("<IIIII", 0x0A0D0D0A, 20, 7, 7, 20), "without a byte order"),
        (block("<", 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 2, 0, -1)), "should be"),
        (block("<", 6, b""), "a packet in a block of 12 octets"),
        (enhanced("<", 7, 0, b"x"), "interface 7"),
        (struct.pack("<II5II", 6, 32, 0, 0, 0, 50, 50, 32), "a packet of 50 octets"),
        (struct.pack("<II5II", 6, 32, 0, 0, 0, 0xFFFFFFFF, 50, 32), "a packet of 4294967295 octets"),
        (struct.pack("<II5II", 6, 32, 0, 0, 0, 4, 4, 32), "a packet of 4 octets"),
        (block("<", 3, struct.pack("<I", 50)), "should be"),
        (block("<", 2, struct.pack("<HHIIII", 0, 0, 0, 0, 50, 50)), "should be"),
        (block("<", 2, struct.pack("<HHIIII", 5, 0, 0, 0, 0, 0)), "should be"),
        (struct.pack("<IIIII", 10, 20, 1, 50, 20), "should be"),
        (block("<", 4, struct.pack("<HHI", 1, 3, 0)), "should be"),
        (block("<", 4, struct.pack("<HHI", 1, 99, 0)), "should be"),
        (block("<", 5, struct.pack("<III", 9, 0, 0)), "should be"),
        (block("<", 5, struct.pack("<IIIHHI", 0, 0, 0, 5, 4, 1)), "should be"),
        (block("<", 1, b"\1\0"), "should be"),
        (interface("<", 1, options=struct.pack("<HH", 9, 0)), "should be"),
        (interface("<", 1, options=struct.pack("<HHI", 14, 4, 0)), "should be"),
    ],
)
def test_damage_is_told_with_its_place(wrong: bytes, words: str) -> None:
    found = parse(START + wrong + bytes(64))
    assert isinstance(next(found), Section)
    assert next(found) == RAW
    with pytest.raises(Damaged, match=rf"damaged at byte \d+: .*{words}") as caught:
        next(found)
    assert caught.value.offset is not None
    assert len(START) <= caught.value.offset < len(START) + len(wrong)


def test_interfaces_are_bounded() -> None:
    one = interface("<", 1)
    reader, data = PcapngReader(), section("<") + one
    read = reader.block(data, 0, len(data))
    assert read is not None
    reader.interfaces += [Interface(1)] * (INTERFACES_LIMIT - 1)
    assert reader.block(data, read[1], len(data)) is not None
    with pytest.raises(Damaged):
        reader.block(data, read[1], len(data))


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def read(data: bytes) -> None:
        reader, at = PcapngReader(), 0
        while (found := reader.block(data, at, len(data))) is not None:
            assert found[1] > at
            at = found[1]

    both = section(">") + interface(">", 1) + enhanced(">", 0, 1, b"abc") + block(">", 5, bytes(12))
    hammer(read, [PCAPNG, PCAPNG + both])
