"""pcap: literal files in every order and unit, what they claim, what is cut, and old systems' variants."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.captures import Damaged, Interface, PcapReader, parse
from netloom.packet.captures.blocks import BLOCK_LIMIT, FRAME_LIMIT
from netloom.packet.captures.pcap import HEAD, HEADS, file_header, record
from netloom.packet.frame import Frame
from tests.fuzzing import hammer
from tests.packet.captures import samples

LITERAL = bytes.fromhex(
    "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000"  # little-endian, microseconds, Ethernet
    "15cd5b07 40e20100 03000000 3c000000 616263"
    "16cd5b07 3f420f00 00000000 00000000"
)


def test_a_literal_file() -> None:
    assert list(parse(LITERAL)) == [
        Interface(1, snap=65535),
        Frame(b"abc", 123_456_789_123_456_000, 1, 60),
        Frame(b"", 123_456_790_999_999_000, 1, 0),
    ]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "ticks"), [(0xA1B2C3D4, 1_000_000), (0xA1B23C4D, 1_000_000_000)])
def test_orders_and_units(order: str, magic: int, ticks: int) -> None:
    data = samples.pcap(order, magic) + samples.record(order, 7, 5, b"xy", 900)
    got = list(parse(data))
    assert got == [
        Interface(1, ticks=ticks, snap=65535),
        Frame(b"xy", 7_000_000_000 + 5 * 1_000_000_000 // ticks, 1, 900),
    ]


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_modified_format_has_longer_records(order: str) -> None:
    head = struct.pack(order + "IIII", 7, 5, 2, 2) + struct.pack(order + "IHBB", 3, 0x800, 0, 0)
    got = list(parse(samples.pcap(order, 0xA1B2CD34) + head + b"xy" + head + b"zz"))
    assert got[1:] == [Frame(b"xy", 7_000_005_000, 1, 2), Frame(b"zz", 7_000_005_000, 1, 2)]
    reader = PcapReader()
    reader.block(samples.pcap(order, 0xA1B2CD34), 0, 24)
    assert reader.head > HEAD


def test_the_check_sequence_is_no_part_of_the_link_type() -> None:
    (got,) = parse(samples.pcap(link=0x2400_0001 | 0x1000_0000))
    assert got == Interface(1, snap=65535, fcs=6)
    assert list(parse(file_header(1, fcs=4))) == [Interface(1, ticks=1_000_000_000, snap=FRAME_LIMIT, fcs=4)]


@pytest.mark.parametrize("end", range(len(LITERAL)))
def test_cut_at_each_byte(end: int) -> None:
    """What is whole comes; then more is wanted, and as a file it is damaged where that begins."""
    reader, at, got = PcapReader(), 0, []
    while (read := reader.block(LITERAL[:end], at, end)) is not None:
        got.append(read[0])
        at = read[1]
    starts = [0, 24, 43, 59]
    assert at == max(start for start in starts if start <= end)
    assert len(got) == starts.index(at)
    if end >= 4 and end not in starts:
        with pytest.raises(Damaged, match=f"at byte {at}:"):
            list(parse(LITERAL[:end]))


@pytest.mark.parametrize("claim", [FRAME_LIMIT + 1, 1 << 31, 0xFFFFFFFF])
def test_claims_are_bounded(claim: int) -> None:
    data = samples.pcap() + struct.pack("<IIII", 0, 0, claim, claim) + b"abc"
    with pytest.raises(Damaged, match=f"at byte 24: a packet of {claim} octets"):
        list(parse(data))


@pytest.mark.parametrize(
    ("snap", "limit"),
    [(0, FRAME_LIMIT), (96, FRAME_LIMIT), (1 << 20, 1 << 20), (0xFFFFFFFF, BLOCK_LIMIT)],
)
def test_longer_frames_have_to_be_announced(snap: int, limit: int) -> None:
    reader = PcapReader()
    reader.block(samples.pcap(snap=snap), 0, 24)
    assert reader.limit == limit


@pytest.mark.parametrize("version", [(1, 0), (2, 2), (3, 0), (0xFFFF, 0xFFFF)])
def test_other_versions_are_refused(version: tuple[int, int]) -> None:
    data = bytearray(samples.pcap())
    struct.pack_into("<HH", data, 4, *version)
    with pytest.raises(Damaged, match=f"version {version[0]}.{version[1]}"):
        list(parse(bytes(data)))


@given(
    st.lists(
        st.builds(
            lambda data, time, more: Frame(data, time, 1, len(data) + more),
            st.binary(max_size=99),
            st.integers(0, (1 << 32) * 1_000_000_000 - 1),
            st.integers(0, 2000),
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_both_ways(frames: list[Frame], nanoseconds: bool) -> None:
    data = file_header(1, nanoseconds=nanoseconds) + b"".join(record(one, nanoseconds=nanoseconds) for one in frames)
    unit = 1 if nanoseconds else 1000
    told = [Frame(one.data, (one.timestamp_ns or 0) // unit * unit, 1, one.length) for one in frames]
    assert list(parse(data))[1:] == told


@pytest.mark.parametrize("time", [-1, (1 << 32) * 1_000_000_000])
def test_times_that_it_cannot_tell(time: int) -> None:
    with pytest.raises(UsageError, match="no time"):
        record(Frame(b"", time, 1, 0))


def test_what_it_cannot_hold() -> None:
    with pytest.raises(UsageError, match="262145 octets"):
        record(Frame(bytes(FRAME_LIMIT + 1), 0, 1, FRAME_LIMIT + 1))
    assert list(parse(file_header(1) + record(Frame(b"x", None, 1, 1))))[1:] == [Frame(b"x", 0, 1, 1)]


# Record headers of old systems, under today's number


@pytest.mark.parametrize(("magic", "head"), [(magic, head) for magic, heads in HEADS.items() for head in heads])
def test_how_long_record_headers_are_is_found_out(magic: int, head: int) -> None:
    records = b"".join(
        struct.pack("<IIII", 1_700_000_000 + number, 5, 40, 60) + bytes(head - 16) + bytes([number]) * 40
        for number in range(20)
    )
    data = samples.pcap("<", magic) + records
    for end in (len(data), 500, 24 + 2 * (head + 40)):
        reader = PcapReader()
        reader.settle(data[:end])
        found, at = [], 0
        while (read := reader.block(data, at, len(data))) is not None:
            found.append(read[0])
            at = read[1]
        assert [frame.data for frame in found if isinstance(frame, Frame)] == [
            bytes([number]) * 40 for number in range(20)
        ]
        assert reader.head == head


def test_a_file_of_today_stays_one() -> None:
    for data in (LITERAL, LITERAL[:-3], samples.pcap(), samples.pcap() + bytes(15), samples.pcap() + b"\xff" * 99):
        reader = PcapReader()
        reader.settle(data)
        assert reader.head == HEAD


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def read(data: bytes) -> None:
        reader = PcapReader()
        reader.settle(data)
        at = 0
        while (found := reader.block(data, at, len(data))) is not None:
            assert found[1] > at
            at = found[1]

    hammer(read, [LITERAL, samples.pcap(">") + samples.record(">", 7, 5, b"xy", 900)])
