"""SCTP and its chunks, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.sctp import SCTP, Chunk, chunk, chunks, crc32c, init, message
from tests.packet.formats.agreement import SHORTS, WORDS, again, cut_anywhere, same_again, whatever

ONE = bytes.fromhex("1f90 0050 01020304 7856 3412") + bytes([11, 0, 0, 4])
HEADERS = st.builds(SCTP, dport=SHORTS, sport=SHORTS, tag=WORDS, checksum=WORDS)


def test_octets_are_read() -> None:
    parsed = same_again(SCTP, ONE)
    assert parsed.layer == SCTP(dport=80, sport=8080, tag=0x01020304, checksum=0x12345678)
    assert (parsed.header, parsed.end, parsed.above) == (12, None, ("sctp", 80))


def test_cut_anywhere() -> None:
    cut_anywhere(SCTP, ONE)


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: SCTP, payload: bytes) -> None:
    assert same_again(SCTP, bytes(layer / payload)).layer == layer


@given(st.binary(max_size=40))
def test_any_octets(data: bytes) -> None:
    whatever(SCTP, data)
    chunks(data)


@pytest.mark.parametrize(
    ("data", "check"),
    [
        # RFC 3720 §B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"123456789", 0xE3069283),
    ],
)
def test_the_check_is_castagnoli_s(data: bytes, check: int) -> None:
    assert crc32c(data) == check


def test_the_checksum_is_filled_in() -> None:
    data = bytes(SCTP(tag=7) / init(9))
    assert int.from_bytes(data[8:12], "little") == crc32c(data[:8] + bytes(4) + data[12:])
    assert bytes(SCTP(checksum=1))[8:12] == bytes([1, 0, 0, 0])


def test_chunks_are_padded_to_words() -> None:
    assert chunk(0, 3, b"abcde") == bytes([0, 3, 0, 9]) + b"abcde\0\0\0"
    assert message(b"hi", tsn=1, stream=2, sequence=3, protocol=4) == bytes.fromhex(
        "00030012 00000001 0002 0003 00000004 6869 0000"
    )
    assert init(1, 2, 3, 4) == bytes.fromhex("01000014 00000001 00000002 0003 0003 00000004")


@given(st.lists(st.builds(Chunk, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40)), max_size=6))
def test_chunks_and_back(wanted: list[Chunk]) -> None:
    assert chunks(b"".join(chunk(*one) for one in wanted)) == wanted


def test_a_broken_chunk_ends_the_reading() -> None:
    good = chunk(11)
    assert chunks(good + bytes([1, 0, 0, 3])) == [Chunk(11)]  # shorter than its own header
    assert chunks(good + bytes([1, 0, 0, 9, 0])) == [Chunk(11)]  # longer than the packet
    assert chunks(good + good[:3]) == [Chunk(11)]
    assert chunks(chunk(0, 0, b"abc")[:-1]) == [Chunk(0, 0, b"abc")]  # the last one's padding may be missing


def test_a_row_and_what_has_no_place() -> None:
    row = again(IPv4() / SCTP(sport=5, dport=6) / message(b"hi"), link=228)
    assert (row.protocol, row.src_port, row.dst_port, row.payload_length) == (132, 5, 6, 20)
    with pytest.raises(UsageError, match="SCTP"):
        bytes(SCTP(tag=1 << 32))
