"""A server of files that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Phase
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

GET = Sample(verb="get", place="/hello.txt")
LIST = Sample(verb="list", place="/")
PUT = Sample(verb="put", place="/loom.txt", text="warp")


@pytest.mark.parametrize(
    ("fault", "sample", "said", "phase"),
    [
        ("421", GET, "421", Phase.GREETING),
        ("421:at=USER", GET, "USER was refused: 421", Phase.AUTH),
        ("421:at=TYPE", GET, "TYPE was refused: 421", Phase.REQUEST),
        ("421:at=RETR", GET, "421", Phase.REQUEST),
        ("425", GET, "RETR was refused: 425", Phase.REQUEST),
        ("550", GET, "550", Phase.REQUEST),
        ("450", LIST, "MLSD was refused: 450", Phase.REQUEST),
        ("552:at=STOR", PUT, "STOR was refused: 552", Phase.REQUEST),
        ("421:at=EPSV", GET, "EPSV was refused: 421", Phase.REQUEST),
        ("421:at=SYST", Sample(verb="probe"), "421", Phase.REQUEST),
    ],
)
def test_each_code_where_it_is_said(fault: str, sample: Sample, said: str, phase: Phase) -> None:
    (met,) = outcomes("ftp", fault, sample)
    assert met.status is REFUSED
    assert said in met.message
    assert met.phase is phase
    assert str(met.code) == fault[:3]


@pytest.mark.parametrize("fault", ["530", "530:at=USER"])
def test_a_login(fault: str) -> None:
    (met,) = outcomes("ftp", fault, GET)
    assert met.status is UNKNOWN
    assert met.phase is Phase.AUTH


@pytest.mark.parametrize(
    ("fault", "sample"), [("502:at=EPSV", GET), ("550:at=SIZE", GET), ("502:at=MLSD", LIST), ("421:at=QUIT", GET)]
)
def test_what_a_client_can_do_without(fault: str, sample: Sample) -> None:
    (met,) = outcomes("ftp", fault, sample)
    assert met.status is SUCCESS


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("ftp", "450:times=2:text=busy", GET, GET, GET)] == TWICE


def test_only_for_some_files() -> None:
    met = outcomes("ftp", "550:target=loom*", PUT, GET)
    assert [each.status for each in met] == [REFUSED, SUCCESS]
