"""Sets of messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import sequence
from netloom.wire.imap.sequence import Numbers
from netloom.wire.imap.tokens import Cursor
from tests.wire.imap.strategies import SETS


@pytest.mark.parametrize(
    ("said", "numbers", "chosen"),
    [
        (b"1", [1, 2, 3], [1]),
        (b"2:4", [1, 2, 3, 5], [2, 3]),
        (b"*", [1, 7], [7]),
        (b"3:*", [1, 2, 5], [5]),
        (b"9:*", [1, 2, 5], [5]),
        (b"*:1", [4, 6], [4, 6]),
        (b"1,1,2:3,3", [1, 2, 3], [1, 2, 3]),
        (b"4:2", [1, 2, 3, 4], [2, 3, 4]),
        (b"1:4294967295", [9], [9]),
        (b"*", [], []),
        (b"5,3,1", [1, 3, 5], [1, 3, 5]),
    ],
)
def test_which_they_choose(said: bytes, numbers: list[int], chosen: list[int]) -> None:
    assert sequence.read(Cursor((said,))).resolve(numbers) == chosen


@given(SETS, st.lists(st.integers(1, 100), unique=True, max_size=30))
def test_each_once_and_ascending(numbers: Numbers, there: list[int]) -> None:
    there.sort()
    chosen = numbers.resolve(there)
    assert chosen == sorted(set(chosen))
    last = there[-1] if there else 0
    wanted = {
        one
        for one in there
        for low, high in numbers.ranges
        if min(low or last, high or last) <= one <= max(low or last, high or last)
    }
    assert set(chosen) == wanted


@given(st.sets(st.integers(1, 60), min_size=1))
def test_the_shortest(numbers: set[int]) -> None:
    chosen = sequence.of(numbers)
    assert chosen.resolve(sorted(numbers)) == sorted(numbers)
    assert sequence.read(Cursor((sequence.compact(numbers),))) == chosen
    assert all(high + 1 < low for (_, high), (low, _) in zip(chosen.ranges, chosen.ranges[1:], strict=False))


@pytest.mark.parametrize("said", [b"", b"0", b"1:", b":1", b"1,,2", b"a", b"1:2:3", b"4294967296", b"1" * 30])
def test_what_is_none(said: bytes) -> None:
    def read() -> None:
        cursor = Cursor((said,))
        sequence.read(cursor)
        cursor.end()

    with pytest.raises(RemoteProtocolError):
        read()


def test_how_many() -> None:
    with pytest.raises(RemoteProtocolError):
        sequence.read(Cursor((b",".join([b"1"] * 10_001),)))


@pytest.mark.parametrize("numbers", [Numbers(), Numbers(((-1, 1),)), Numbers(((1, 2**32),))])
def test_what_cant_be_said(numbers: Numbers) -> None:
    with pytest.raises(LocalProtocolError):
        sequence.emit(numbers)
