"""The arithmetic of filters, on integers and on columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.filters.arithmetic import COMPARED, SIGNS, WORD, calculated

WORDS = st.one_of(st.integers(0, WORD), st.integers(0, 40), st.integers(WORD - 5, WORD))


@pytest.mark.parametrize(
    ("sign", "left", "right", "result"),
    [
        ("+", WORD, 2, 1), ("-", 1, 2, WORD), ("*", 1 << 31, 2, 0), ("/", 7, 2, 3), ("%", 7, 4, 3), ("&", 12, 10, 8),
        ("|", 12, 10, 14), ("^", 12, 10, 6), ("<<", 1, 31, 1 << 31), ("<<", 3, 31, 1 << 31), ("<<", 1, 32, 0),
        (">>", 1 << 31, 31, 1), (">>", 5, 33, 0),
    ],
)  # fmt: skip
def test_it_is_unsigned_and_of_32_bits(sign: str, left: int, right: int, result: int) -> None:
    assert calculated(sign, left, right) == (result, True)


@pytest.mark.parametrize("sign", ["/", "%"])
def test_nobody_divides_by_zero(sign: str) -> None:
    assert calculated(sign, 7, 0)[1] is False


@given(
    st.sampled_from(SIGNS), st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=20), st.sampled_from(["u4", "u8"])
)
def test_columns_are_calculated_as_numbers_are(sign: str, pairs: list[tuple[int, int]], form: str) -> None:
    left, right = (np.array(column, dtype=form) for column in zip(*pairs, strict=True))
    with np.errstate(over="ignore"):
        values, sound = calculated(sign, left, right)
    sound = np.broadcast_to(sound, left.shape)
    for at, (one, other) in enumerate(pairs):
        value, known = calculated(sign, one, other)
        assert sound[at] == known
        assert not known or values[at] == value
        if known:
            assert all(compare(values, other)[at] == compare(value, other) for compare in COMPARED.values())
