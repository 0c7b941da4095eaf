"""What IPsec's encapsulating security payload says in the clear, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.esp import ESP
from netloom.packet.formats.ipv4 import IPv4
from tests.packet.formats.agreement import WORDS, again, cut_anywhere, same_again, whatever

ONE = bytes.fromhex("00001234 00000007") + b"secret"


def test_octets_are_read() -> None:
    parsed = same_again(ESP, ONE)
    assert parsed.layer == ESP(spi=0x1234, seq=7)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, None)


def test_cut_anywhere() -> None:
    cut_anywhere(ESP, ONE[:8])


@given(WORDS, WORDS, st.binary(max_size=20))
def test_written_and_read(spi: int, seq: int, secret: bytes) -> None:
    assert same_again(ESP, bytes(ESP(spi=spi, seq=seq) / secret)).layer == ESP(spi=spi, seq=seq)


@given(st.binary(max_size=20))
def test_any_octets(data: bytes) -> None:
    whatever(ESP, data)


def test_what_has_no_place_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="ESP"):
        bytes(ESP(seq=-1))


def test_a_row_ends_here() -> None:
    row = again(IPv4() / ESP(spi=1) / bytes(range(40)), link=228)
    assert (row.protocol, row.payload_at, row.payload_length) == (50, 28, 40)
