"""MessagePack: what is written is read again, and by a library that isn't ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from netloom.errors import RemoteProtocolError, Unsupported
from netloom.formats.msgpack import read, write
from tests.formats.values import VALUES, same


@given(VALUES)
def test_there_and_back(value: Any) -> None:
    assert same(read(write(value)), value)


def test_moments() -> None:
    at = datetime(2026, 11, 21, 16, 0, 0, 5, tzinfo=UTC)
    assert write(at)[:2] == b"\xd7\xff"
    assert read(write(at)) == at


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([2**64], " at /0: a whole number of more than 64 bits"),
        ({"a": -(2**63) - 1}, " at /a: a whole number of more than 64 bits"),
        ({2**64: 1}, " at /18446744073709551616: a whole number of more than 64 bits"),
    ],
)
def test_what_it_cant_hold(value: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=f"MessagePack can't hold this{words}"):
        write(value)


@pytest.mark.parametrize(
    ("data", "words", "offset"),
    [
        (b"", "input data was truncated", 0),
        (b"\x92\x01", "input data was truncated", 2),
        (b"\xdd\xff\xff\xff\xff", "input data was truncated", 5),
        (b"\xdd\x0f\xff\xff\xff" * 50, "input data was truncated", 250),
        (b"\xc1", "invalid opcode", 0),
        (b"\x01\x01", "trailing characters", 1),
        (b"\xa1\xff", "a text is no UTF-8", None),
        (b"\x91" * 100_000, "too many", None),
        (b"\x91" * 101 + b"\x01", "more than 100", None),
        (b"\x91\xd4\x05\x01", "no value at /0: an extension of type 5", None),
        (b"\x81\x91\x01\x01", "a key is a text or a whole number, not ", None),
        (b"\x81\xc3\x01", "a key is a text or a whole number, not True", None),
        (b"\x81\x81\x01\x01\x01", "map keys must be hashable", 5),
        (b"\xc7\x0c\xff" + b"\xff" * 12, "timestamp", None),
    ],
)
def test_mistakes(data: bytes, words: str, offset: int | None) -> None:
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        read(data)
    assert caught.value.offset == offset
