"""IPsec's authentication header, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ah import AH
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from netloom.packet.row import LYING
from tests.packet.formats.agreement import OCTETS, SHORTS, WORDS, again, cut_anywhere, frame, same_again, whatever

# UDP follows, 24 octets, a value of twelve
ONE = bytes.fromhex("11040000 00001234 00000007 0102030405060708090a0b0c")
HEADERS = st.builds(
    AH,
    spi=WORDS,
    seq=WORDS,
    icv=st.integers(0, 10).flatmap(lambda words: st.binary(min_size=4 * words, max_size=4 * words)),
    next_header=OCTETS,
    reserved=SHORTS,
)


def test_octets_are_read() -> None:
    parsed = same_again(AH, ONE)
    assert parsed.layer == AH(spi=0x1234, seq=7, icv=bytes(range(1, 13)), next_header=17, header=24)
    assert (parsed.header, parsed.end, parsed.above) == (24, None, ("ip", 17))


def test_cut_anywhere() -> None:
    cut_anywhere(AH, ONE)


@given(HEADERS)
def test_written_and_read(layer: AH) -> None:
    found = same_again(AH, bytes(layer)).layer
    assert isinstance(found, AH)
    assert (found.spi, found.seq, found.icv, found.next_header, found.reserved) == (
        layer.spi,
        layer.seq,
        layer.icv,
        layer.next_header,
        layer.reserved,
    )


@given(st.binary(max_size=40))
def test_any_octets(data: bytes) -> None:
    whatever(AH, data)


def test_one_that_ends_in_itself_lies() -> None:
    with pytest.raises(RemoteProtocolError, match="a header of 8 octets"):
        AH.parse(bytes(12))
    assert dissect(frame(IPv4() / AH(header=8), link=228)).row.anomaly == LYING


def test_the_value_is_padded_and_numbers_have_their_width() -> None:
    assert bytes(AH(icv=b"abcde"))[1] == 3
    assert bytes(AH(icv=b"abcde"))[12:] == b"abcde\0\0\0"
    with pytest.raises(UsageError, match="AH"):
        bytes(AH(spi=1 << 32))
    for wrong in (AH(header=4), AH(header=13), AH(icv=bytes(1020))):
        with pytest.raises(UsageError, match="an authentication header of"):
            bytes(wrong)


def test_a_row_has_what_follows() -> None:
    for below, link in ((IPv4(), 228), (IPv6(), 229)):
        row = again(below / AH(icv=bytes(12)) / UDP() / b"abc", link=link)
        assert (row.protocol, row.dst_port, row.payload_length) == (17, 53, 3)
