"""A server of boot files that is told to say no."""

from __future__ import annotations

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, outcomes

GET = Sample(verb="get", place="/hello.txt")
PUT = Sample(verb="put", place="/loom.txt", text="warp")


@pytest.mark.parametrize(("fault", "code"), [("NOT_FOUND", 1), ("2", 2), ("full", 3), ("UNDEFINED:text=closed", 0)])
@pytest.mark.parametrize("sample", [GET, PUT])
def test_each_error(sample: Sample, fault: str, code: int) -> None:
    (met,) = outcomes("tftp", fault, sample)
    assert met.status is REFUSED
    assert met.code == code
    assert ("closed" in met.message) == (fault[-6:] == "closed")


def test_options_that_are_refused_are_left_out() -> None:
    (met,) = outcomes("tftp", "OPTIONS:times=1", GET)
    assert met.status is SUCCESS


def test_what_writes() -> None:
    met = outcomes("tftp", "ACCESS:at=WRQ", GET, PUT)
    assert [each.status for each in met] == [SUCCESS, REFUSED]


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("tftp", "ACCESS:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_files() -> None:
    met = outcomes("tftp", "NOT_FOUND:target=*.cfg", GET, Sample(verb="get", place="/a.cfg"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
    assert "on purpose" in met[1].message
