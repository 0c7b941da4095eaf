"""Moments in digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.ftp import times
from tests.fuzzing import hammer


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_what_is_emitted_is_parsed_again(seconds: int) -> None:
    assert times.parse(times.emit(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("19700101000000", 0), ("20261121001700", 1795220220), ("19991231235959.5", 946684799.5),
        ("20161231235960", 1483228799), ("191001121001700", times.parse("20001121001700")),
    ],
)  # fmt: skip
def test_moments(text: str, seconds: float) -> None:
    assert times.parse(text) == seconds


def test_a_fraction_is_left_out() -> None:
    assert times.emit(0.9) == "19700101000000"
    assert times.emit(-0.1) == "19691231235959"


@pytest.mark.parametrize("text", ["", "2026", "20261321000000", "20260230000000", "20261121250000", "2026112100170x"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        times.parse(text)


@pytest.mark.parametrize("seconds", [1e12, -1e12, 1e300])
def test_what_cannot_be_said(seconds: float) -> None:
    with pytest.raises(LocalProtocolError):
        times.emit(seconds)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(lambda data: times.parse(data.decode("latin-1")), [b"20261121001700", b"20261121001700.123"])
