from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.oid import check_oid, parse_oid, show_oid

ARC = st.integers(0, 2**32 - 1)
OIDS = st.builds(lambda first, rest: (*first, *rest), st.tuples(st.integers(0, 2), st.integers(0, 39)), st.lists(ARC))


@given(OIDS)
def test_read_back(oid: tuple[int, ...]) -> None:
    if len(oid) <= 128:
        assert parse_oid(show_oid(oid)) == parse_oid("." + show_oid(oid)) == oid


@pytest.mark.parametrize(
    "text", ["", ".", "1", "1.", "1..3", "3.1", "0.40", "1.3.4294967296", "1.-3", "1.٣", "a.b", "1.3" + ".1" * 127]
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"identifier|arc"):
        parse_oid(text)


def test_negative() -> None:
    with pytest.raises(ValueError, match="arc"):
        check_oid((1, 3, -1))
