"""A clock that is told to say no."""

from __future__ import annotations

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, outcomes

GET = Sample(verb="get")


@pytest.mark.parametrize("code", ["DENY", "RSTR", "rate"])
@pytest.mark.parametrize("verb", ["get", "probe"])
def test_each_kiss(code: str, verb: str) -> None:
    (met,) = outcomes("ntp", code, Sample(verb=verb))
    assert met.status is REFUSED
    assert met.code == code.upper()


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("ntp", "RATE:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_versions() -> None:
    met = outcomes("ntp", "DENY:target=*3", GET, Sample(verb="get", place="#version=3"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
