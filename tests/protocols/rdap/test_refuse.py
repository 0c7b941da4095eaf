"""A registry's web server that is told to say no."""

from __future__ import annotations

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, outcomes

GET = Sample(verb="get", place="/rdap/domain/example.test")


@pytest.mark.parametrize("code", [403, 404, 429, 501])
@pytest.mark.parametrize("verb", ["get", "probe"])
def test_each_status(code: int, verb: str) -> None:
    (met,) = outcomes("rdap", str(code), Sample(verb=verb, place="/rdap/domain/example.test"))
    assert met.status is REFUSED
    assert met.code == code


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("rdap", "503:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_questions() -> None:
    met = outcomes("rdap", "404:target=*/autnum/*", GET, Sample(verb="get", place="/rdap/autnum/64496"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
