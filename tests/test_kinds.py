"""Kinds: types with their bounds in words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from netloom.endpoint import Endpoint, Secret
from netloom.kinds import in_words, where


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "a whole number"),
        (Annotated[int, Meta(ge=1, le=255)], "a whole number from 1 to 255"),
        (Annotated[int, Meta(ge=1)], "a whole number of at least 1"),
        (Annotated[int, Meta(ge=0)] | None, "a whole number of at least 0"),
        (Annotated[float, Meta(gt=0, le=2.5)], "a number above 0 and at most 2.5"),
        (Annotated[float, Meta(le=9)], "a number of at most 9"),
        (bool | None, "true or false"),
        (str, "a text"),
        (Annotated[str, Meta(min_length=1)], "a text that isn't empty"),
        (Literal["", "try", "never"], "one of never, try"),
        (tuple[int, ...], "a whole number"),
        (list[str], "a text"),
        (Annotated[list[int], Meta(min_length=1, description="numbers")], "a whole number"),
        (Endpoint, "something else"),
        (Secret, "a Secret"),
        (int | str, "a whole number or a text"),
    ],
)
def test_in_words(kind: Any, words: str) -> None:
    assert in_words(kind) == words


class Asked(msgspec.Struct):
    ttl: int = 1
    items: list[int] = []


@pytest.mark.parametrize(
    ("values", "name"), [({"ttl": "x"}, "ttl"), ({"items": [1, "x"]}, "items"), ("nothing of the kind", "")]
)
def test_where_a_mistake_is(values: Any, name: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(values, Asked)
    assert where(caught.value) == name
