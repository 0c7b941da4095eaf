"""Validators and preconditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http import conditional, dates
from netloom.wire.http.conditional import Validators

NOW = 1_700_000_000.5
PRESENT = Validators('"abc"', NOW)
AT, BEFORE, AFTER = (dates.emit(int(NOW) + delta) for delta in (0, -1, 1))


def evaluate(method: str, present: Validators | None = PRESENT, **fields: str) -> int:
    given_ = {name.replace("_", "-"): value for name, value in fields.items()}
    return conditional.evaluate(method, given_.get, present)


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("GET", {}, 0),
        ("GET", {"if_none_match": '"abc"'}, 304),
        ("HEAD", {"if_none_match": 'W/"abc"'}, 304),
        ("GET", {"if_none_match": '"x", "abc"'}, 304),
        ("GET", {"if_none_match": "*"}, 304),
        ("GET", {"if_none_match": '"x"'}, 0),
        ("PUT", {"if_none_match": "*"}, 412),
        ("GET", {"if_none_match": '"x"', "if_modified_since": AFTER}, 0),
        ("GET", {"if_modified_since": AT}, 304),
        ("GET", {"if_modified_since": BEFORE}, 0),
        ("GET", {"if_modified_since": "nonsense"}, 0),
        ("PUT", {"if_modified_since": AT}, 0),
        ("PUT", {"if_match": '"abc"'}, 0),
        ("PUT", {"if_match": '"x"'}, 412),
        ("PUT", {"if_match": 'W/"abc"'}, 412),
        ("PUT", {"if_match": "*"}, 0),
        ("PUT", {"if_unmodified_since": AT}, 0),
        ("PUT", {"if_unmodified_since": BEFORE}, 412),
        ("PUT", {"if_match": '"abc"', "if_unmodified_since": BEFORE}, 0),
    ],
)
def test_of_what_is_there(method: str, fields: dict[str, str], status: int) -> None:
    assert evaluate(method, PRESENT, **fields) == status


def test_of_nothing() -> None:
    assert evaluate("PUT", None, if_none_match="*") == 0
    assert evaluate("PUT", None, if_match="*") == 412
    assert evaluate("PUT", None, if_unmodified_since=AT) == 412


def test_ranges() -> None:
    def applies(value: str | None, present: Validators = PRESENT) -> bool:
        return conditional.range_applies({"if-range": value}.get, present)

    assert applies(None)
    assert applies('"abc"')
    assert not applies('W/"abc"', Validators('W/"abc"'))
    assert not applies('"x"')
    assert applies(AT)
    assert not applies(AFTER)
    assert not applies("nonsense")


@given(st.text())
def test_any_text(text: str) -> None:
    assert evaluate("GET", if_none_match=text, if_range=text) in (0, 304)
    assert all(tag == "*" or tag.endswith('"') for tag in conditional.tags(text))
