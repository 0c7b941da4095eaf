"""A registry's server that is told to say no."""

from __future__ import annotations

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, outcomes

GET = Sample(verb="get", place="/example.test")


@pytest.mark.parametrize("code", ["107", "201", "306"])
@pytest.mark.parametrize("verb", ["get", "probe"])
def test_each_error(code: str, verb: str) -> None:
    (met,) = outcomes("whois", f"{code}:text=enough", Sample(verb=verb, place="/example.test"))
    assert met.status is REFUSED
    assert str(met.code) == code
    assert "enough" in met.message


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("whois", "202:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_questions() -> None:
    met = outcomes("whois", "201:target=example.*", GET, Sample(verb="get", place="/AS64496"))
    assert [each.status for each in met] == [REFUSED, SUCCESS]
