"""Checks that follow a change, against the same computed anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.formats.sctp import crc32c
from netloom.packet.rewriting.sums import crc32c_change, difference, mended, shifted
from netloom.wire.checksum import checksum

words = st.binary(min_size=2, max_size=40).map(lambda data: data[: len(data) // 2 * 2])


@given(words, words, st.binary(min_size=1, max_size=20))
def test_a_mended_checksum_is_the_one_computed_anew(old: bytes, new: bytes, rest: bytes) -> None:
    size = min(len(old), len(new))
    old, new, rest = old[:size], new[:size], rest + b"\1"
    assert mended(checksum(old + rest), difference(old, new)) == checksum(new + rest)


def test_a_sum_of_nothing_is_written_as_zero() -> None:
    assert mended(0xFFFE, 0xFFFE) == 0
    assert mended(0xFFFF, 0) == 0  # both are right, and this is how it is computed


@given(st.binary(max_size=9), st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4))
def test_a_change_counts_where_it_stands(before: bytes, old: bytes, new: bytes) -> None:
    change = shifted(difference(old, new), len(before))
    assert mended(checksum(before + old + b"\1"), change) == checksum(before + new + b"\1")


def test_half_a_word_is_its_upper_half() -> None:
    assert difference(b"\0\0\1", b"\0\0\3") == 0x200


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4), st.binary(max_size=70))
def test_crc32c_follows_too(old: bytes, new: bytes, rest: bytes) -> None:
    turned = int.from_bytes(old, "big") ^ int.from_bytes(new, "big")
    assert crc32c(old + rest) ^ crc32c_change(turned, len(rest)) == crc32c(new + rest)
    assert crc32c_change(0, len(rest)) == 0
