"""Trees: what is known of a value before any packet."""

from __future__ import annotations

import pytest

from netloom.packet.filters.language import parse
from netloom.packet.filters.tree import Number, Relation, Sum, constant


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 + 2 * 3", 7), ("tcp-syn|tcp-ack", 18), ("0 - 1", 0xFFFFFFFF), ("len", None), ("ip[0] * 0", None)],
)
def test_constants(text: str, value: int | None) -> None:
    relation = parse(f"{text} = 0").condition
    assert isinstance(relation, Relation)
    assert constant(relation.left) == value


def test_a_division_by_zero_is_no_constant() -> None:
    assert constant(Sum("%", Number(5), Number(0))) is None
