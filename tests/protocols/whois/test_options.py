"""WHOIS's options: their bounds."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.whois.options import Options


@pytest.mark.parametrize("given", ["referrals=-1", "referrals=33", "max_size=0", "all=x"])
def test_bounds(given: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"whois://h#{given}"), Options)


def test_a_query_beside_the_path() -> None:
    assert split(Endpoint.parse("whois://h#query=n%20%2B%20192.0.2.1,all"), Options)[1] == Options(
        query="n + 192.0.2.1", all=True
    )
