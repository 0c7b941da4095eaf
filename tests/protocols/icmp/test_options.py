"""ICMP's options: their bounds."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.icmp.options import Options


@pytest.mark.parametrize("given", ["count=-1", "count=65536", "interval=0", "wait=0", "size=65508", "size=x"])
def test_bounds(given: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"icmp://h#{given}"), Options)


def test_the_links_own() -> None:
    link, own = split(Endpoint.parse("icmp://h#ttl=3,count=1,size=0"), Options)
    assert (link.ttl, own.count, own.size) == (3, 1, 0)
