"""Values of every kind that formats know, made by hypothesis; and what is the same after a way there and back."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from netloom.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = [
    "", " ", "no", "True", "~", "null", "0o17", "017", "1e3", "-.inf", ".nan", "2020-01-01", "2020-01-01T00:00:00Z",
    "12:30:45", "=", "<<", "- a", "a: b", "#x", "'", '"', "|", ">", "&a", "*a", "!x", "%", "@x", "`", "]]>", "&lt;",
    "a\n", "\na", "a\n\nb", " a\nb", "a \nb", "\t", "\r", "\r\n", "\x85", "\u2028", "\ufeff", "\x00", "\x1b", "\x7f",
    "\U0001f600",
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(ODD)
ZONES = st.just(UTC) | st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001  # without zones
WHOLE = st.integers(-(2**63), 2**64 - 1)
PLAIN = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
LEAVES = PLAIN | st.floats() | st.binary(max_size=30) | MOMENTS
KEYS = TEXTS | WHOLE


def trees(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and mappings of these."""
    return st.recursive(
        leaves,
        lambda inside: st.lists(inside, max_size=4) | st.dictionaries(keys, inside, max_size=4),
        max_leaves=12,
    )


VALUES = trees(LEAVES, KEYS)
IN_JSON = trees(PLAIN, TEXTS)
"""What JSON has."""


def same(one: Any, other: Any) -> bool:
    """Equal, of the same kinds, and what is no number is no number."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        both_none = math.isnan(one) and math.isnan(other)
        return both_none or (one == other and math.copysign(1, one) == math.copysign(1, other))
    return bool(one == other)


def written(write: Callable[[Any], bytes], value: Any, format: str) -> bytes | None:
    """What a writer makes of a value; None where it says at which place it can't."""
    try:
        return write(value)
    except Unsupported as error:
        if f"{format} can't hold this" not in error.message:
            raise
        return None
