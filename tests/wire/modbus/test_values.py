"""Numbers and texts in words."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.modbus.values import NUMBERS, number_of, text_of, width, words_for


def numbers() -> st.SearchStrategy[tuple[str, float]]:
    def of(kind: str) -> st.SearchStrategy[float]:
        if kind.startswith("float"):
            return st.floats(width=32 if kind == "float32" else 64, allow_nan=False)
        bits = int(kind.removeprefix("u").removeprefix("int"))
        low = 0 if kind.startswith("u") else -(1 << bits - 1)
        return st.integers(low, low + (1 << bits) - 1)

    return st.sampled_from(list(NUMBERS)).flatmap(lambda kind: st.tuples(st.just(kind), of(kind)))


@given(numbers(), st.booleans())
def test_what_is_written_is_read(given_: tuple[str, float], little: bool) -> None:
    kind, number = given_
    words = words_for(kind, number, little)
    assert len(words) == width(kind)
    assert number_of(kind, words, little) == number


def test_the_order_of_words() -> None:
    assert words_for("uint32", 0x12345678) == (0x1234, 0x5678)
    assert words_for("uint32", 0x12345678, little=True) == (0x5678, 0x1234)
    assert words_for("float32", 21.5) == struct.unpack(">2H", struct.pack(">f", 21.5))


@pytest.mark.parametrize(
    ("kind", "number"),
    [("uint16", 65536), ("uint16", -1), ("int16", 32768), ("int16", 1.5), ("float32", 1e39), ("int32", float("1e10"))],
)
def test_what_does_not_fit(kind: str, number: float) -> None:
    with pytest.raises(ValueError, match=r"fit|whole"):
        words_for(kind, number)


def test_texts() -> None:
    assert text_of((0x6162, 0x6300, 0x6464)) == "abc"
    assert text_of((0xFF41,)) == "\\xffA"
