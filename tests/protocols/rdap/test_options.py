"""RDAP's options: lists by repeating, bounds."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.rdap.options import Options


@pytest.mark.parametrize("given", ["max_redirects=-1", "max_size=0", "version=3"])
def test_bounds(given: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"rdap://h#{given}"), Options)


def test_lists() -> None:
    _, own = split(Endpoint.parse("rdap:///x#bootstrap=a,bootstrap=b,token=t"), Options)
    assert own.bootstrap == ["a", "b"]
    assert str(own.token) == "•••"
