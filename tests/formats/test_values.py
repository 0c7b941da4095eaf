"""The values that all formats share, and where something doesn't fit."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from netloom.errors import RemoteProtocolError, Unsupported
from netloom.formats._values import DEPTH, as_in_json, as_text, fitting, taken, text_key
from tests.formats.values import VALUES, same


class Word(enum.StrEnum):
    """A text of a kind of its own."""

    WARP = "warp"


class Old(str, enum.Enum):  # noqa: UP042  # one that str() shows otherwise
    """Another."""

    WEFT = "weft"


class Number(enum.IntEnum):
    """A number of a kind of its own."""

    ONE = 1


@given(VALUES)
def test_a_copy(value: Any) -> None:
    made = fitting("X", value)
    assert same(made, value)
    if isinstance(value, list | dict):
        assert made is not value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Word.WARP, "warp"),
        (Old.WEFT, "weft"),
        (Number.ONE, 1),
        ((1, (2,)), [1, [2]]),
        (bytearray(b"x"), b"x"),
        (memoryview(b"x"), b"x"),
        ({Number.ONE: Word.WARP, Word.WARP: 2}, {1: "warp", "warp": 2}),
    ],
)
def test_what_is_nearly_a_value(value: Any, plain: Any) -> None:
    assert same(fitting("X", value), plain)


def test_a_zone_of_seconds() -> None:
    odd = datetime(1900, 1, 1, 12, tzinfo=timezone(timedelta(minutes=53, seconds=28)))
    assert fitting("X", odd) == odd
    assert as_text(odd) == "1900-01-01T11:06:32Z"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2j, ": formats don't know a complex"),
        ({"a/b": [{"~": None}, {"~": {1}}]}, " at /a~1b/1/~0: formats don't know a set"),
        ({"a": {None: 1}}, " at /a/None: a key is a text or a whole number, not None"),
        ({True: 1}, " at /True: a key is a text or a whole number, not True"),
        (["\ud800"], " at /0: half a character"),
        ({"\udfff": 1}, " at /\udfff: half a character"),
        (datetime(2026, 11, 21), ": a moment without a zone"),  # noqa: DTZ001
    ],
)
def test_where_it_doesnt_fit(value: Any, words: str) -> None:
    with pytest.raises(Unsupported) as caught:
        fitting("X", value)
    assert caught.value.message.startswith(f"X can't hold this{words}")
    with pytest.raises(RemoteProtocolError, match="no value") as remote:
        taken(value, "RFC 0")
    assert remote.value.rule == "RFC 0"


def test_depth() -> None:
    value: Any = 0
    for _ in range(DEPTH):
        value = [value]
    assert fitting("X", value) == value
    for deeper in ([value], {"a": value}):
        with pytest.raises(Unsupported, match=f"more than {DEPTH}"):
            fitting("X", deeper)
    value = 0
    for _ in range(DEPTH + 1):
        value = {"a": value}
    with pytest.raises(Unsupported, match=f"more than {DEPTH}"):
        fitting("X", value)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Unsupported, match=f"more than {DEPTH}"):
        fitting("X", endless)


@pytest.mark.parametrize("name", [2**20_000, (2**20_000,), -(2**20_000)], ids=["whole", "list", "below"])
def test_a_key_that_cant_be_shown(name: Any) -> None:
    with pytest.raises(Unsupported, match=r"at /a (int|tuple): a (key is a text|whole number of more)"):
        fitting("X", {name: 1})


def test_a_place_is_no_longer_than_people_read() -> None:
    with pytest.raises(Unsupported) as caught:
        fitting("X", {"k" * 10_000: 2j})
    assert f"at /{'k' * 60}: formats" in caught.value.message


def test_keys_that_become_one() -> None:
    assert fitting("X", {1: 0, "1": 0}) == {1: 0, "1": 0}
    with pytest.raises(Unsupported, match="/1: a second field of that name"):
        fitting("X", {1: 0, "1": 0}, name=text_key)


@pytest.mark.parametrize(
    ("value", "in_json", "text"),
    [
        (None, None, ""),
        (True, True, "true"),
        (0, 0, "0"),
        (1.5, 1.5, "1.5"),
        ("a", "a", "a"),
        (b"\xff", "/w==", "/w=="),
        (datetime(2026, 11, 21, 16, tzinfo=UTC), "2026-11-21T16:00:00Z", "2026-11-21T16:00:00Z"),
    ],
)
def test_where_there_is_less(value: Any, in_json: Any, text: str) -> None:
    assert same(as_in_json(value), in_json)
    assert as_text(value) == text
