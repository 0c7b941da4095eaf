from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.service import loom
from netloom.errors import UsageError
from netloom.protocols.grpc.command import fitting, of_path, parse


@pytest.mark.parametrize(
    ("text", "place", "values"),
    [
        ("a.B/C", "a.B/C", []),
        (" /a.B/C {} ", "a.B/C", [{}]),
        ('C{"x": [1]}2', "C", [{"x": [1]}, 2]),
        ('a.B.C "x"', "a.B.C", ["x"]),
        ("C[1] [2]", "C", [[1], [2]]),
    ],
)
def test_commands(text: str, place: str, values: list[Any]) -> None:
    assert parse(text) == (place, values)


@pytest.mark.parametrize(
    ("text", "column"), [("", 0), ("{}", 0), ("a/b/c", 0), ("C {", 3), ("C x", 2), ("C {} }", 5), ("ä", 0), ("C\0", 0)]
)
def test_what_is_none(text: str, column: int) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert (refused.value.column, refused.value.text) == (column, text)


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    refused = None
    try:
        parse(text)
        of_path(text)
    except UsageError as error:
        refused = error
    assert refused is None or refused.message


def test_paths() -> None:
    assert of_path("/a.B/C") == ("a.B", "C")
    assert of_path("/a.B/") == of_path("a.B") == ("a.B", "")
    assert of_path("") == of_path("/") == ("", "")
    assert of_path("/a%2EB") == ("a.B", "")
    for path in ("/a/b/c", "/1", "/a b", "/a/%00"):
        with pytest.raises(UsageError):
            of_path(path)


def test_values_that_fit() -> None:
    known = loom.catalogue()
    echo, total = known.method("/netloom.Loom/Echo"), known.method("/netloom.Loom/Sum")
    assert echo is not None
    assert total is not None
    assert fitting(echo, []) == [{}]
    assert fitting(echo, [1]) == [1]
    assert fitting(total, []) == []
    assert fitting(total, [1, 2]) == [1, 2]
    with pytest.raises(UsageError):
        fitting(echo, [1, 2])
