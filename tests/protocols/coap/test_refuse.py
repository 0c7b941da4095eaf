"""A device that is told to say no."""

from __future__ import annotations

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, outcomes

GET = Sample(verb="get", place="/sensors/temperature")
PUT = Sample(verb="put", place="/setpoint", text="23.5")


@pytest.mark.parametrize("fault", ["4.04", "5.03", "RST"])
@pytest.mark.parametrize("verb", ["get", "listen", "probe"])
def test_each_answer(fault: str, verb: str) -> None:
    (met,) = outcomes("coap", fault, Sample(verb=verb, place="/sensors/temperature"))
    assert met.status is REFUSED
    assert met.code == fault


def test_a_method() -> None:
    met = outcomes("coap", "4.05:at=PUT:text=read", PUT, GET)
    assert [each.status for each in met] == [REFUSED, SUCCESS]
    assert met[0].message == "4.05 Method Not Allowed: read"


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("coap", "5.03:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_resources() -> None:
    met = outcomes("coap", "4.03:target=/set*", PUT, GET)
    assert [each.status for each in met] == [REFUSED, SUCCESS]
