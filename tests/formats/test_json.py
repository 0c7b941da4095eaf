"""JSON: what is written is read again; mistakes have a line and a column."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from netloom.errors import RemoteProtocolError, Unsupported
from netloom.formats import dumps, loads
from netloom.formats.json import read, write
from tests.formats.values import IN_JSON, VALUES, same, written


@given(IN_JSON)
def test_there_and_back(value: Any) -> None:
    assert same(read(write(value)), value)
    assert same(json.loads(write(value)), value)
    assert same(loads(dumps(value, "json:pretty"), "json"), value)


@given(VALUES)
def test_whatever_it_is_given_it_writes_json_or_says_where_not(value: Any) -> None:
    made = written(write, value, "JSON")
    if made is not None:
        json.loads(made, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\0\xff", '"AP8="'),
        (datetime(2026, 11, 21, 16, tzinfo=UTC), '"2026-11-21T16:00:00Z"'),
        (datetime(2026, 11, 21, 16, tzinfo=timezone(timedelta(hours=-5))), '"2026-11-21T16:00:00-05:00"'),
        ({1: 2}, '{"1":2}'),
        ((1, 2), "[1,2]"),
        (10**40, str(10**40)),
    ],
)
def test_what_becomes_of_what_json_has_not(value: Any, text: str) -> None:
    assert write(value).decode() == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), ": there is no number for nan"),
        ({"a": [0, float("-inf")]}, " at /a/1: there is no number for -inf"),
        ({"a": {1: 0, "1": 0}}, " at /a/1: a second field of that name"),
    ],
)
def test_what_it_cant_hold(value: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=f"JSON can't hold this{words}"):
        write(value)


@pytest.mark.parametrize(
    ("data", "words", "offset"),
    [
        (b'{\n  "a": tru}', "JSON, line 2, column 8: expecting value", 9),
        ('{"ä": x}'.encode(), "JSON, line 1, column 7: expecting value", 7),
        (b"", "line 1, column 1: expecting value", 0),
        (b"[1", "line 1, column 3: expecting ',' delimiter", 2),
        (b"1 2", "line 1, column 3: extra data", 2),
        (b'["\n\xff"]', "line 2, column 1: no UTF-8: invalid start byte", 3),
        (b'"\\ud800"', "half a character", None),
        (b"[NaN, -Infinity]", "JSON: NaN and Infinity are no numbers", None),
        (b"1e999", "larger than numbers get", None),
        (b"9" * 5000, "thousands of digits", None),
        (b"[" * 100_000, "too many", None),
    ],
)
def test_mistakes(data: bytes, words: str, offset: int | None) -> None:
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        read(data)
    assert caught.value.offset == offset


def test_a_byte_order_mark_is_none_of_it() -> None:
    assert read(b"\xef\xbb\xbf[1]") == [1]


def test_of_two_fields_of_one_name_the_last_counts() -> None:
    assert read(b'{"a": 1, "a": 2}') == {"a": 2}


def test_for_people() -> None:
    assert dumps({"a": [1]}, "json:pretty") == b'{\n  "a": [\n    1\n  ]\n}\n'
