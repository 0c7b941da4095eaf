"""Dates in HTTP fields and cookies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http import dates

EXAMPLE = 784111777


@given(st.integers(0, 253402300799))
def test_what_is_emitted_is_parsed_again(seconds: int) -> None:
    text = dates.emit(seconds)
    assert len(text) == 29
    year = int(text[12:16])
    assert dates.parse(text) == seconds or year < 1970


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "06 nov 1994 8:49:37",
    ],
)
def test_all_forms(text: str) -> None:
    assert dates.parse(text) == EXAMPLE


def test_emit() -> None:
    assert dates.emit(EXAMPLE) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert dates.emit(10**15).endswith("9999 23:59:59 GMT")


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "tomorrow", "31 Feb 1994 08:49:37", "06 Nov 1994 25:00:00", "06 Nov 1994"]
)
def test_what_is_no_date(text: str) -> None:
    assert dates.parse(text) is None


@given(st.text())
def test_any_text(text: str) -> None:
    found = dates.parse(text)
    assert found is None or isinstance(found, float)
