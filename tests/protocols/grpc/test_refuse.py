"""A service that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Status
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

SUM = Sample(verb="run", text='netloom.Loom/Sum {"value": 2} {"value": 40}')
ECHO = Sample(verb="run", text='netloom.Loom/Echo {"text": "warp"}')


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("UNAVAILABLE", REFUSED, "UNAVAILABLE"), ("14", REFUSED, "UNAVAILABLE"), ("not_found", REFUSED, "NOT_FOUND"),
        ("UNAUTHENTICATED", UNKNOWN, "UNAUTHENTICATED"), ("DEADLINE_EXCEEDED", Status.TIMEOUT, ""),
    ],
)  # fmt: skip
def test_each_status(fault: str, status: Status, code: str) -> None:
    (met,) = outcomes("grpc", f"{fault}:target=/netloom.*:text=enough", ECHO)
    assert met.status is status
    assert met.code == code
    assert "enough" in met.message


@pytest.mark.parametrize("fault", ["503", "GOAWAY"])
def test_what_carries_it_says_no(fault: str) -> None:
    (met,) = outcomes("grpc", fault, ECHO)
    assert met.status is REFUSED


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("grpc", "ABORTED:times=2:target=*/Echo", ECHO, ECHO, ECHO)] == TWICE


def test_only_for_some_methods() -> None:
    met = outcomes("grpc", "PERMISSION_DENIED:target=*/Sum", SUM, ECHO)
    assert [each.status for each in met] == [REFUSED, SUCCESS]
